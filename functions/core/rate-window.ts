import type { Document, Fields, Value } from './documents.ts';
import { dayOf } from './spending.ts';

/**
 * What was admitted for a key or an owner: requests and tokens by the second, and requests by the day (UTC). One document
 * each, `windows/{scope}`.
 *
 * A permit is counted in the second of its grant and may be used for two seconds more, and an instance's idea of the store's
 * time may be off by a part of a second. So what is used in any span of 60 seconds was granted within 64 of these seconds,
 * and it is those that a limit is held over. At a steady demand that costs 6 % of the limit; in return no span of 60 seconds,
 * wherever it begins, ever exceeds it.
 */
export const WINDOWS = 'windows';

/** How long a permit may wait for its request. */
export const PERMIT_LIFE_MS = 2_000;
export const SPAN_SECONDS = 64;

export interface RateWindow {
  /** Unix seconds of the last bucket. Never goes back, whatever clock comes with it. */
  readonly second: number;
  /** By second, the oldest first. */
  readonly requests: readonly number[];
  readonly tokens: readonly number[];
  readonly day: string;
  readonly dayRequests: number;
}

const emptyBuckets: readonly number[] = Array.from({ length: SPAN_SECONDS }, () => 0);

/** The window at a time (Unix milliseconds), from its document or from nothing: what is older than its span is gone. */
export function windowAt(document: Document | null, now: number): RateWindow {
  const stored = document === null ? null : fromDocument(document);
  const second = Math.max(Math.floor(now / 1000), stored?.second ?? 0);
  const day = dayOf(second * 1000);
  if (stored === null) return { second, requests: emptyBuckets, tokens: emptyBuckets, day, dayRequests: 0 };
  const passed = Math.min(second - stored.second, SPAN_SECONDS);
  return {
    second,
    requests: shift(stored.requests, passed),
    tokens: shift(stored.tokens, passed),
    day,
    dayRequests: day === stored.day ? stored.dayRequests : 0,
  };
}

/** Adds to the bucket of a second, or takes back from it; a second that has left the window changes nothing. */
export function addToWindow(window: RateWindow, second: number, requests: number, tokens: number): RateWindow {
  const at = SPAN_SECONDS - 1 - (window.second - second);
  if (at < 0 || at >= SPAN_SECONDS) return window;
  const add = (buckets: readonly number[], amount: number) =>
    amount === 0 ? buckets : buckets.with(at, Math.max(0, (buckets[at] ?? 0) + amount));
  const sameDay = dayOf(second * 1000) === window.day;
  return {
    ...window,
    requests: add(window.requests, requests),
    tokens: add(window.tokens, tokens),
    dayRequests: sameDay ? Math.max(0, window.dayRequests + requests) : window.dayRequests,
  };
}

export function sumOf(buckets: readonly number[]): number {
  let sum = 0;
  for (const bucket of buckets) sum += bucket;
  return sum;
}

/** Seconds until `amount` more fit under `limit`: as many buckets have to leave as hold what is too much. At least 1. */
export function secondsUntilRoom(buckets: readonly number[], limit: number, amount: number): number {
  let excess = sumOf(buckets) + amount - limit;
  for (const [at, bucket] of buckets.entries()) {
    if (excess <= 0) return Math.max(1, at);
    excess -= bucket;
  }
  return SPAN_SECONDS;
}

/** Seconds until nothing counts any more. */
export function secondsUntilEmpty(buckets: readonly number[]): number {
  return buckets.findLastIndex((bucket) => bucket > 0) + 1;
}

export function toWindowFields(scopeId: string, window: RateWindow): Fields {
  return {
    scope_id: scopeId,
    second: BigInt(window.second),
    requests: window.requests.map(BigInt),
    tokens: window.tokens.map(BigInt),
    day: window.day,
    day_requests: BigInt(window.dayRequests),
  };
}

function fromDocument({ data }: Document): RateWindow {
  const buckets = (value: Value | undefined) => (Array.isArray(value) ? value.map(Number) : emptyBuckets);
  return {
    second: Number(data.second),
    requests: buckets(data.requests),
    tokens: buckets(data.tokens),
    day: String(data.day),
    dayRequests: Number(data.day_requests),
  };
}

function shift(buckets: readonly number[], seconds: number): readonly number[] {
  return seconds === 0 ? buckets : [...buckets.slice(seconds), ...emptyBuckets.slice(0, seconds)];
}
