import type { Endpoint } from '../core/endpoint.ts';
import { MeshError, toMeshError } from '../core/errors.ts';
import type { Candidate } from '../core/quote.ts';
import type { ChatChunk, ChatCompletion } from '../formats/chat/chat-completion.ts';
import type { ParsedBody } from '../formats/chat/parse-chat-request.ts';
import { applyBodyRules } from '../formats/exchange-body.ts';
import type { StreamDecoder } from '../formats/upstream-format.ts';
import { upstreamFormats } from '../formats/upstream-formats.ts';
import type { UpstreamLimits, UpstreamReply } from '../platform/upstream/upstream.ts';
import type { Router } from './router.ts';

/** How long one endpoint may take, unless the caller's `timeout` is shorter. Milliseconds. */
export const ATTEMPT_LIMITS: UpstreamLimits = { connect: 5_000, firstByte: 120_000, idle: 60_000 };
/** The longest whole reply that is taken from an upstream. */
export const MAX_REPLY_BYTES = 64 * 1024 * 1024;
/** As much of an upstream's error as is read. */
export const MAX_ERROR_BYTES = 64 * 1024;
/** Endpoints tried for one request. */
export const MAX_ATTEMPTS = 5;

/** The outcome of a try that was at work when the client left. */
export const ABORTED = 'aborted';

/** What became of one try, for the entry, the event and the log. */
export interface AttemptRecord {
  endpoint: Endpoint;
  /** `ok`, `ABORTED`, or the code of the error. */
  outcome: string;
  /** The provider's status, or our name of the failure. */
  providerCode: string | null;
  /** From sending to the first token, or to the failure. Milliseconds. */
  latencyMs: number;
}

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

/**
 * Tries the candidates in order until one answers, moving on wherever the failure says that another endpoint may do
 * better; throws the last failure. Each try builds its request anew, so nothing of one leaks into the next. `records` gets
 * a line for every try.
 */
export async function attemptInOrder<T>(
  candidates: readonly Candidate[],
  attempt: (candidate: Candidate) => Promise<T>,
  records: AttemptRecord[],
  clock: { monotonic(): number },
  signal: AbortSignal,
): Promise<T> {
  let failure: MeshError | null = null;
  for (const candidate of candidates.slice(0, MAX_ATTEMPTS)) {
    signal.throwIfAborted();
    const startedAt = clock.monotonic();
    const record: AttemptRecord = { endpoint: candidate.endpoint, outcome: 'ok', providerCode: null, latencyMs: 0 };
    records.push(record);
    try {
      const answer = await attempt(candidate);
      record.latencyMs = clock.monotonic() - startedAt;
      return answer;
    } catch (thrown) {
      record.latencyMs = clock.monotonic() - startedAt;
      if (signal.aborted && thrown === signal.reason) {
        record.outcome = ABORTED;
        throw signal.reason;
      }
      failure = toMeshError(thrown);
      record.outcome = failure.code;
      record.providerCode = failure.providerCode;
      if (failure.retry === 'never') throw failure;
    }
  }
  throw failure ?? new MeshError('provider_not_available');
}

/** Sends the request to a candidate and waits for the first token of its stream. */
export async function openStream(
  router: Router,
  candidate: Candidate,
  body: ParsedBody,
  signal: AbortSignal,
): Promise<OpenStream> {
  const { endpoint } = candidate;
  const reply = await send(router, candidate, body, signal);
  const decoder = upstreamFormats[endpoint.format].stream(endpoint);
  const first: ChatChunk[] = [];
  try {
    await refuseWhole(reply, endpoint);
    while (!first.some(hasToken)) {
      const bytes = await reply.read();
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
  signal: AbortSignal,
): Promise<WholeReply> {
  const { endpoint } = candidate;
  const reply = await send(router, candidate, body, signal);
  const text = await readText(reply, MAX_REPLY_BYTES);
  return { candidate, completion: upstreamFormats[endpoint.format].response(parseReply(text), endpoint) };
}

async function send(
  router: Router,
  candidate: Candidate,
  { chat, raw }: ParsedBody,
  signal: AbortSignal,
): Promise<UpstreamReply> {
  const { endpoint, outputTokens } = candidate;
  const format = upstreamFormats[endpoint.format];
  const wanted = endpoint.capabilities.has('reasoning') ? chat : { ...chat, reasoning: null, reasoning_effort: null };
  const { headers, body } = format.request({ chat: wanted, raw, maxOutputTokens: outputTokens }, endpoint);
  const request = await router.authorize(endpoint, {
    url: chat.stream ? endpoint.streamUrl : endpoint.url,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers, ...endpoint.headers },
    body: JSON.stringify(applyBodyRules(body, endpoint.request)),
  });
  const reply = await router.upstream.send(request, router.limits, signal);
  if (reply.status >= 200 && reply.status < 300) return reply;
  const failure = format.failure(reply.status, reply.headers, await readText(reply, MAX_ERROR_BYTES));
  if (
    (reply.status === 401 || reply.status === 403) &&
    'secret' in endpoint.auth &&
    endpoint.auth.secret !== undefined
  ) {
    router.secrets.drop(endpoint.auth.secret);
    router.log.error('an upstream refused our credential', { provider: endpoint.provider, status: reply.status });
  }
  throw failure;
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
