import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { MeshError } from '../../core/errors.ts';
import type { ChatChunk, ChatCompletion } from './chat-completion.ts';
import type { ChatRequest } from './chat-request.ts';

/** A chat request, whatever format it came in. */
export interface PivotRequest {
  /** As the router has understood it. */
  chat: ChatRequest;
  /** The caller's body, in the one form of `mend-request.ts`, for endpoints that take fields the router does not know. Never changed. */
  raw: Readonly<Record<string, unknown>>;
  /** Names of the functions that stand for the caller's custom tools (`shared/custom-tools.ts`); absent where there are none. */
  customTools?: ReadonlySet<string>;
}

/** The same, as an endpoint is asked it. */
export interface ParsedChat extends PivotRequest {
  /** The most output tokens that the money held pays for; always sent upstream. */
  maxOutputTokens: number;
}

/** What a format puts on the wire; URL, credentials and the last of the endpoint's `RequestRules` are added by the exchange. */
export interface UpstreamBody {
  headers: Record<string, string>;
  body: Record<string, unknown>;
}

/**
 * A wire format towards upstreams. Pure and synchronous: no I/O, no clock, no promises, nothing kept between calls.
 *
 * What the format or the endpoint cannot express is thrown as `MeshError('model_capability_not_supported', {param})`
 * or dropped by the rules of the README's table, never sent wrong.
 */
export interface UpstreamFormat {
  request(parsed: ParsedChat, endpoint: Endpoint): UpstreamBody;
  /** A whole reply with a 2xx status. Throws what `failure` would return for an error body, and `upstream_error` for garbage. */
  response(body: unknown, endpoint: Endpoint): ChatCompletion;
  /** A decoder for one stream. */
  stream(endpoint: Endpoint): StreamDecoder;
  /** A reply with any other status, classified and scrubbed. `headers` have lower-case names. */
  failure(status: number, headers: Readonly<Record<string, string>>, body: string): MeshError;
}

/**
 * `open`: more may come. `closing`: what counts has come, but the format has no word for its end, so that the connection's is
 * waited for, not long. `ended`: by the format nothing more comes.
 */
export type StreamProgress = 'open' | 'closing' | 'ended';

/**
 * Bytes in, chunks out; the bytes may be cut anywhere. `push` throws a `MeshError` for an error event or for garbage.
 * `end` is called once, after the last byte: it returns what was still held back and throws `upstream_truncated` when no
 * finish was seen, so that a broken stream never looks like a complete one.
 */
export interface StreamDecoder {
  /** As of the bytes so far; whatever the connection does from then on. */
  readonly progress: StreamProgress;
  push(bytes: Uint8Array): ChatChunk[];
  end(): ChatChunk[];
}
