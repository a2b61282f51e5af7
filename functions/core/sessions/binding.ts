import type { Endpoint } from '../endpoints/endpoint.ts';
import type { Usage } from '../money/usage.ts';
import { CACHE_WHEN_ASKED } from '../routing/selection.ts';
import type { CacheShares } from './cache-shares.ts';

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

/**
 * The binding after an answer. `before`: null where the session was nowhere. `usual`: how much of what they might have cached
 * endpoints have, of other sessions.
 */
export function servedAt(
  endpoint: Endpoint,
  usage: Usage,
  before: Binding | null,
  usual: Pick<CacheShares, 'expected'>,
  now: number,
): Binding {
  const binding = { endpointId: endpoint.id, at: now, inputTokens: usage.input };
  if (before?.endpointId !== endpoint.id) {
    return { ...binding, movedAt: now, share: hasNothing(endpoint, usage) ? 0 : usual.expected(endpoint.id) };
  }
  const seen = seenShare(before, usage, now);
  return { ...binding, movedAt: before.movedAt, share: seen === null ? before.share : (before.share + seen) / 2 };
}

/** How much of what an endpoint might have cached of a session it had; null where that says nothing: it may have expired. */
export function seenShare({ at, inputTokens }: Binding, { input, cacheRead }: Usage, now: number): number | null {
  const known = Math.min(inputTokens, input);
  if (known < LEAST_CACHED_TOKENS || (cacheRead === 0 && now - at > CACHE_LIFE_MS)) return null;
  return Math.min(1, cacheRead / known);
}

/** Whether a provider that caches only what it is asked to was not asked. */
function hasNothing({ format }: Endpoint, { cacheRead, cacheWrite, cacheWrite1h }: Usage): boolean {
  return CACHE_WHEN_ASKED.has(format) && cacheRead + cacheWrite + cacheWrite1h === 0;
}

/** Tokens of an input that the endpoint of a binding is expected to have cached. */
export function cachedTokens({ at, inputTokens, share }: Binding, input: number, now: number): number {
  const left = 2 ** (-Math.max(0, now - at) / CACHE_HALF_LIFE_MS);
  const cached = Math.floor(Math.min(inputTokens, input) * share * left);
  return cached < LEAST_CACHED_TOKENS ? 0 : cached;
}
