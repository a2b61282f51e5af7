import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import type { Candidate } from '../../core/routing/quote.ts';
import type { ParsedBody } from '../../formats/chat/parse-request.ts';
import type { ChatChunk, ChatCompletion } from '../../formats/pivot/chat-completion.ts';
import type { StreamDecoder } from '../../formats/pivot/upstream-format.ts';
import { applyBodyRules } from '../../formats/shared/exchange-body.ts';
import { upstreamFormats } from '../../formats/upstream-formats.ts';
import type { UpstreamReply, UpstreamRequest } from '../../platform/upstream/upstream.ts';
import type { Services } from './services.ts';

/** The longest whole reply that is taken from an upstream. */
export const MAX_REPLY_BYTES = 64 * 1024 * 1024;
/** As much of an upstream's error as is read, and for how long: its status says most, and the next endpoint waits. */
export const MAX_ERROR_BYTES = 64 * 1024;
export const MAX_ERROR_MS = 1_000;

/** A stream whose first token has come. `first` holds all chunks up to it. */
export interface OpenStream {
  candidate: Candidate;
  reply: UpstreamReply;
  decoder: StreamDecoder;
  first: ChatChunk[];
}

export interface WholeReply {
  candidate: Candidate;
  completion: ChatCompletion;
}

/** Sends the request to a candidate and waits at most `patienceMs` for the first token of its stream. */
export async function openStream(
  services: Services,
  candidate: Candidate,
  body: ParsedBody,
  patienceMs: number,
  signal: AbortSignal,
): Promise<OpenStream> {
  const { endpoint } = candidate;
  const until = services.clock.monotonic() + Math.min(patienceMs, services.limits.firstByte);
  const reply = await send(services, candidate, body, patienceMs, signal);
  const decoder = upstreamFormats[endpoint.format].stream(endpoint);
  const first: ChatChunk[] = [];
  try {
    await refuseWhole(services, reply, endpoint, until);
    while (!first.some(hasToken)) {
      // Comments and bookkeeping are no answer, however many come.
      const leftMs = until - services.clock.monotonic();
      if (leftMs <= 0) throw new MeshError('gateway_timeout', { providerCode: 'first_token_timeout' });
      const bytes = await reply.read(leftMs);
      if (bytes === null) {
        // Nothing but bookkeeping came; a decoder that saw no finish throws here.
        first.push(...decoder.end());
        return { candidate, reply, decoder: ended, first };
      }
      first.push(...decoder.push(bytes));
    }
    return { candidate, reply, decoder, first };
  } catch (error) {
    reply.cancel();
    throw error;
  }
}

/**
 * A reply with status 200 that is no stream: an error as JSON, or the page of a proxy in between. A decoder would find
 * nothing in it and call it cut short.
 */
async function refuseWhole(services: Services, reply: UpstreamReply, endpoint: Endpoint, until: number): Promise<void> {
  const type = reply.headers['content-type'] ?? '';
  if (!/^(application\/json|text\/html)/.test(type)) return;
  const body = parseReply(await readWhole(services, reply, MAX_ERROR_BYTES, until));
  // Throws what the body says, where it says an error.
  upstreamFormats[endpoint.format].response(body, endpoint);
  throw new MeshError('upstream_error', { message: 'The provider sent a whole reply where a stream was asked for.' });
}

/** The decoder of a stream that has been read to its end. */
const ended: StreamDecoder = { push: () => [], end: () => [] };

function hasToken({ choices }: ChatChunk): boolean {
  return choices.some(
    ({ delta, finish_reason }) =>
      finish_reason !== null ||
      Boolean(
        delta.content ||
          delta.refusal ||
          delta.reasoning ||
          delta.reasoning_details?.length ||
          delta.tool_calls?.length,
      ),
  );
}

/** Sends the request to a candidate and reads its whole reply. */
export async function fetchWhole(
  services: Services,
  candidate: Candidate,
  body: ParsedBody,
  patienceMs: number,
  signal: AbortSignal,
): Promise<WholeReply> {
  const { endpoint } = candidate;
  const until = services.clock.monotonic() + Math.min(patienceMs, services.limits.whole);
  const reply = await send(services, candidate, body, patienceMs, signal);
  const text = await readWhole(services, reply, MAX_REPLY_BYTES, until);
  return { candidate, completion: upstreamFormats[endpoint.format].response(parseReply(text), endpoint) };
}

/** Where our credential is refused and the store has another by now, the request is sent once more with that. */
async function send(
  services: Services,
  candidate: Candidate,
  body: ParsedBody,
  patienceMs: number,
  signal: AbortSignal,
): Promise<UpstreamReply> {
  const { endpoint } = candidate;
  const request = toUpstreamRequest(candidate, body);
  const { firstByte, whole, ...others } = services.limits;
  const limits = { ...others, firstByte: Math.min(patienceMs, body.chat.stream ? firstByte : whole) };
  const name = 'secret' in endpoint.auth ? (endpoint.auth.secret ?? null) : null;

  let usedVersion: string | null = null;
  const exchange = async () => {
    const authorized = await services.authorize(endpoint, request);
    usedVersion = name === null ? null : (services.secrets.peek(name)?.version ?? null);
    return services.upstream.send(authorized, limits, signal);
  };
  let reply = await exchange();
  let failure = await failureOf(services, reply, endpoint, signal);
  if (name !== null && refusesCredential(failure)) {
    const hasAnother = await services.secrets.renewed(name, usedVersion);
    if (hasAnother) {
      reply = await exchange();
      failure = await failureOf(services, reply, endpoint, signal);
    }
    if (refusesCredential(failure)) services.credentialRefused(name, endpoint, reply.status);
  }
  if (failure !== null) throw failure;
  return reply;
}

/** What a reply's status says went wrong, in the provider's own words as far as they come soon; null where nothing did. */
async function failureOf(
  services: Services,
  reply: UpstreamReply,
  { format }: Endpoint,
  signal: AbortSignal,
): Promise<MeshError | null> {
  const { status, headers } = reply;
  if (status >= 200 && status < 300) return null;
  const text = await readError(services, reply, signal);
  return upstreamFormats[format].failure(status, withRetrySeconds(headers, services.clock.now()), text);
}

/** Not every 403 does: some providers answer it to what a caller wrote. Nor has each refusal that status: Gemini's is a 400. */
function refusesCredential(failure: MeshError | null): boolean {
  return failure?.code === 'upstream_error' && (failure.providerCode === '401' || failure.providerCode === '403');
}

function toUpstreamRequest({ endpoint, outputTokens }: Candidate, { chat, raw }: ParsedBody): UpstreamRequest {
  const format = upstreamFormats[endpoint.format];
  const wanted = endpoint.capabilities.has('reasoning') ? chat : { ...chat, reasoning: null, reasoning_effort: null };
  const { headers, body } = format.request({ chat: wanted, raw, maxOutputTokens: outputTokens }, endpoint);
  return {
    url: chat.stream ? endpoint.streamUrl : endpoint.url,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers, ...endpoint.headers },
    body: JSON.stringify(applyBodyRules(body, endpoint.request)),
  };
}

/** `Retry-After` may be a date, and OpenAI has a header of its own in milliseconds: both as seconds. Nonsense stays. */
function withRetrySeconds(headers: Readonly<Record<string, string>>, now: number): Readonly<Record<string, string>> {
  const milliseconds = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (milliseconds >= 0) return { ...headers, 'retry-after': String(milliseconds / 1_000) };
  const date = headers['retry-after'] ?? '';
  // `Date.parse` takes many a number for a year; every form of an HTTP date begins with the name of a day.
  const at = /^\s*[A-Z]/i.test(date) ? Date.parse(date) : Number.NaN;
  return Number.isNaN(at) ? headers : { ...headers, 'retry-after': String(Math.max(0, (at - now) / 1_000)) };
}

/** A body as text. Throws where it is too long, or not whole at `until` (monotonic milliseconds). */
async function readWhole(
  { clock, limits }: Services,
  reply: UpstreamReply,
  maxBytes: number,
  until: number,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const leftMs = until - clock.monotonic();
      if (leftMs <= 0) throw new MeshError('gateway_timeout', { providerCode: 'whole_timeout' });
      const bytes = await reply.read(Math.min(leftMs, limits.idle));
      if (bytes === null) return Buffer.concat(chunks).toString('utf8');
      chunks.push(bytes);
      length += bytes.length;
      if (length > maxBytes) {
        throw new MeshError('upstream_error', { message: 'The provider sent a reply that is too long.' });
      }
    }
  } finally {
    reply.cancel();
  }
}

/** As much of an error's body as comes soon. Throws only the signal's reason. */
async function readError({ clock }: Services, reply: UpstreamReply, signal: AbortSignal): Promise<string> {
  const until = clock.monotonic() + MAX_ERROR_MS;
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (let leftMs = MAX_ERROR_MS; leftMs > 0 && length < MAX_ERROR_BYTES; leftMs = until - clock.monotonic()) {
      const bytes = await reply.read(leftMs);
      if (bytes === null) break;
      chunks.push(bytes);
      length += bytes.length;
    }
  } catch {
    // It broke off, or takes too long: what came has to do.
    signal.throwIfAborted();
  } finally {
    reply.cancel();
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseReply(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new MeshError('upstream_error', { message: 'The provider sent a reply that is not JSON.' });
  }
}
