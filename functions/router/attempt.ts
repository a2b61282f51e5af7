import type { Endpoint } from '../core/endpoint.ts';
import { MeshError } from '../core/errors.ts';
import type { Candidate } from '../core/quote.ts';
import type { ChatChunk, ChatCompletion } from '../formats/chat/chat-completion.ts';
import type { ParsedBody } from '../formats/chat/parse-chat-request.ts';
import { applyBodyRules } from '../formats/exchange-body.ts';
import type { StreamDecoder } from '../formats/upstream-format.ts';
import { upstreamFormats } from '../formats/upstream-formats.ts';
import type { UpstreamLimits, UpstreamReply, UpstreamRequest } from '../platform/upstream/upstream.ts';
import type { Router } from './router.ts';

/** How long one endpoint may take. Milliseconds. */
export interface AttemptLimits extends UpstreamLimits {
  /** Until the first token of a stream, whatever else comes before. */
  firstByte: number;
  /** Until a whole reply begins, which for most providers is when all of it is there. */
  whole: number;
}

export const ATTEMPT_LIMITS: AttemptLimits = { connect: 5_000, firstByte: 120_000, idle: 60_000, whole: 600_000 };
/** The longest whole reply that is taken from an upstream. */
export const MAX_REPLY_BYTES = 64 * 1024 * 1024;
/** As much of an upstream's error as is read. */
export const MAX_ERROR_BYTES = 64 * 1024;

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
  router: Router,
  candidate: Candidate,
  body: ParsedBody,
  patienceMs: number,
  signal: AbortSignal,
): Promise<OpenStream> {
  const { endpoint } = candidate;
  const until = router.clock.monotonic() + Math.min(patienceMs, router.limits.firstByte);
  const reply = await send(router, candidate, body, patienceMs, signal);
  const decoder = upstreamFormats[endpoint.format].stream(endpoint);
  const first: ChatChunk[] = [];
  try {
    await refuseWhole(reply, endpoint);
    while (!first.some(hasToken)) {
      // Comments and bookkeeping are no answer, however many come.
      const leftMs = until - router.clock.monotonic();
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
async function refuseWhole(reply: UpstreamReply, endpoint: Endpoint): Promise<void> {
  const type = reply.headers['content-type'] ?? '';
  if (!/^(application\/json|text\/html)/.test(type)) return;
  const body = parseReply(await readText(reply, MAX_ERROR_BYTES));
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
  router: Router,
  candidate: Candidate,
  body: ParsedBody,
  patienceMs: number,
  signal: AbortSignal,
): Promise<WholeReply> {
  const { endpoint } = candidate;
  const reply = await send(router, candidate, body, patienceMs, signal);
  const text = await readText(reply, MAX_REPLY_BYTES);
  return { candidate, completion: upstreamFormats[endpoint.format].response(parseReply(text), endpoint) };
}

/** Where our credential is refused and the store has another by now, the request is sent once more with that. */
async function send(
  router: Router,
  candidate: Candidate,
  body: ParsedBody,
  patienceMs: number,
  signal: AbortSignal,
): Promise<UpstreamReply> {
  const { endpoint } = candidate;
  const request = toUpstreamRequest(candidate, body);
  const { firstByte, whole, ...others } = router.limits;
  const limits = { ...others, firstByte: Math.min(patienceMs, body.chat.stream ? firstByte : whole) };
  const name = 'secret' in endpoint.auth ? (endpoint.auth.secret ?? null) : null;

  let usedVersion: string | null = null;
  const exchange = async () => {
    const authorized = await router.authorize(endpoint, request);
    usedVersion = name === null ? null : (router.secrets.peek(name)?.version ?? null);
    return router.upstream.send(authorized, limits, signal);
  };
  let reply = await exchange();
  if (name !== null && (reply.status === 401 || reply.status === 403)) {
    if (await router.secrets.renewed(name, usedVersion)) {
      reply.cancel();
      reply = await exchange();
    } else {
      router.credentialRefused(name, endpoint, reply.status);
    }
  }
  if (reply.status >= 200 && reply.status < 300) return reply;
  const { status, headers } = reply;
  const withDelay = withRetrySeconds(headers, router.clock.now());
  throw upstreamFormats[endpoint.format].failure(status, withDelay, await readText(reply, MAX_ERROR_BYTES));
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

/** `Retry-After` may be a date, and OpenAI has a header of its own in milliseconds: both as seconds. */
function withRetrySeconds(headers: Readonly<Record<string, string>>, now: number): Readonly<Record<string, string>> {
  const milliseconds = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (milliseconds >= 0) return { ...headers, 'retry-after': String(milliseconds / 1_000) };
  const date = headers['retry-after'] ?? '';
  const at = /^\s*[\d.]*\s*$/.test(date) ? Number.NaN : Date.parse(date);
  return Number.isNaN(at) ? headers : { ...headers, 'retry-after': String(Math.max(0, (at - now) / 1_000)) };
}

/** The body as text, up to a limit: past it a whole reply is an error, and the rest of an error body is left unread. */
async function readText(reply: UpstreamReply, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (let bytes = await reply.read(); bytes !== null; bytes = await reply.read()) {
      chunks.push(bytes);
      length += bytes.length;
      if (length <= limit) continue;
      if (reply.status >= 300) break;
      throw new MeshError('upstream_error', { message: 'The provider sent a reply that is too long.' });
    }
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
