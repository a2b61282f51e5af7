import type { Endpoint } from '../endpoints/endpoint.ts';
import type { Usage } from '../money/usage.ts';
import { CACHE_WHEN_ASKED } from '../routing/selection.ts';

/** How long a session stays with its endpoint after its last answer. */
export const SESSION_LIFE_MS = 3_600_000;
/** How long a provider keeps what it has cached at least, if nothing is read of it: five minutes with OpenAI and Anthropic. */
export const CACHE_LIFE_MS = 300_000;
/** What is expected to be cached still is half as much after so long without a request: providers say five minutes to an hour. */
export const CACHE_HALF_LIFE_MS = 600_000;
/** Providers cache no shorter beginning: 1,024 tokens with OpenAI, Anthropic and Gemini. */
export const LEAST_CACHED_TOKENS = 1_024;

/** Where a session is at home. Times are Unix milliseconds of the store's clock. */
export interface Binding {
  endpointId: string;
  /** When it was served last. */
  at: number;
  /** When it came to this endpoint. */
  movedAt: number;
  /** Tokens of the last input, all of which may be cached now; `Infinity` where another instance served it. */
  inputTokens: number;
  /** How much of what might have been cached was, of late: 0 to 1. */
  share: number;
}

/** Whether an endpoint's cache reads are cheaper than its input: only there is a session worth keeping. */
export function isCacheCheap({ price }: Pick<Endpoint, 'price'>): boolean {
  return price.cacheRead < price.input;
}

/** The binding after an answer. `before`: null where the session was nowhere. */
export function servedAt(endpoint: Endpoint, usage: Usage, before: Binding | null, now: number): Binding {
  const stayed = before !== null && before.endpointId === endpoint.id ? before : null;
  return {
    endpointId: endpoint.id,
    at: now,
    movedAt: stayed?.movedAt ?? now,
    inputTokens: usage.input,
    share: stayed === null ? firstShare(endpoint, usage) : nextShare(stayed, usage, now),
  };
}

/** What is expected of an endpoint that a session has just come to. */
function firstShare({ format }: Endpoint, { cacheRead, cacheWrite, cacheWrite1h }: Usage): number {
  return CACHE_WHEN_ASKED.has(format) && cacheRead + cacheWrite + cacheWrite1h === 0 ? 0 : 1;
}

/** One that reads nothing of what it should have is believed half as much; what may have expired meanwhile says nothing. */
function nextShare({ at, inputTokens, share }: Binding, { input, cacheRead }: Usage, now: number): number {
  const known = Math.min(inputTokens, input);
  if (known < LEAST_CACHED_TOKENS || (cacheRead === 0 && now - at > CACHE_LIFE_MS)) return share;
  return (share + Math.min(1, cacheRead / known)) / 2;
}

/** Tokens of an input that the endpoint of a binding is expected to have cached. */
export function cachedTokens({ at, inputTokens, share }: Binding, input: number, now: number): number {
  const left = 2 ** (-Math.max(0, now - at) / CACHE_HALF_LIFE_MS);
  const cached = Math.floor(Math.min(inputTokens, input) * share * left);
  return cached < LEAST_CACHED_TOKENS ? 0 : cached;
}
