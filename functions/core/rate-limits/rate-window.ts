import type { Document, Fields, Value } from '../store/documents.ts';

/**
 * What was granted to a key or an owner: requests and tokens by the second, and requests by the day (UTC). One document
 * each, `windows/{scope}`. Pure arithmetic over it.
 *
 * Why the limit is hard: a permit counts in the second S of its grant, as the store's clock shows it, and the answer of the
 * store comes after S has begun. It is used before S + 1 + 2: a second for the fraction that S leaves out, two for a
 * permit's life, which is measured from before the store was asked. So what is used in any span of 60 seconds was granted
 * in 63 seconds of the store's clock, and those 63 never hold more than the limit. No instance's own clock has a part in
 * it, and `second` never goes back.
 *
 * What it costs: demand above the limit gets the limit every 63 seconds instead of every 60, which is 95 % of it. A key that
 * was idle can use all of its limit at once.
 *
 * A window that was damaged is written anew: what it counted is not known, so the minute is taken as used up, once, and the day
 * begins again. A day taken as used up would stop a key for hours for a fault that is ours.
 */
export const WINDOWS = 'windows';

/** How long a permit may wait for its request. */
export const PERMIT_LIFE_MS = 2_000;
export const SPAN_SECONDS = 60 + PERMIT_LIFE_MS / 1_000 + 1;
/** The last writes are remembered by name, so that a transaction that runs again sees whether it was applied. */
export const WRITES_KEPT = 16;

const SECONDS_A_DAY = 86_400;

export interface RateWindow {
  /** Unix seconds of the last bucket. */
  readonly second: number;
  /** By second, the oldest first; `SPAN_SECONDS` of them. */
  readonly requests: readonly number[];
  readonly tokens: readonly number[];
  /** Requests of the day that `second` is in. */
  readonly dayRequests: number;
  /** The last second in which permits were granted ahead of their requests: some may yet be given back. 0: never. */
  readonly aheadSecond: number;
  /** Names of the last writes, the newest last. */
  readonly writes: readonly string[];
}

const emptyBuckets: readonly number[] = Array.from({ length: SPAN_SECONDS }, () => 0);

/** What a damaged window counts: more than any limit. */
const USED_UP = 1_000_000_000_000;

/** A window so far ahead of the store's clock is none that we have written: its second would stand still until then. */
const MAX_AHEAD_SECONDS = 3_600;

/** The second that a stored window has got to; 0 where there is none that can be read. `now`: the store's, as `isDamaged` has it. */
export function secondOf(document: Document | null, now: number): number {
  return document === null || isDamaged(document, now) ? 0 : Number(document.data.second);
}

/** Whether a window is none that we have written. `now`: the store's clock, in seconds. */
export function isDamaged({ data }: Document, now: number): boolean {
  const { second, counts, requests, tokens, day_requests } = data;
  if (Number(second) > now + MAX_AHEAD_SECONDS) return true;
  const isWhole =
    counts === undefined ? areCounts(requests) && areCounts(tokens) : areCounts(counts) && areTriples(counts);
  return !(isWhole && isCount(second) && isCount(day_requests));
}

function areCounts(value: Value | undefined): value is readonly bigint[] {
  return Array.isArray(value) && value.every(isCount);
}

function areTriples(counts: readonly bigint[]): boolean {
  return counts.length % 3 === 0 && counts.every((count, at) => at % 3 !== 0 || count < SPAN_SECONDS);
}

function isCount(value: Value | undefined): value is bigint {
  return typeof value === 'bigint' && value >= 0n && value <= Number.MAX_SAFE_INTEGER;
}

/** The window at a second, from its document or from nothing: what is older than its span is gone. */
export function windowAt(document: Document | null, now: number): RateWindow {
  if (document === null) {
    return { second: now, requests: emptyBuckets, tokens: emptyBuckets, dayRequests: 0, aheadSecond: 0, writes: [] };
  }
  if (isDamaged(document, now)) return usedUpAt(now);
  const { data } = document;
  const stored = secondOf(document, now);
  const second = Math.max(now, stored);
  const { requests, tokens } = bucketsOf(data);
  return {
    second,
    requests: shift(requests, second - stored),
    tokens: shift(tokens, second - stored),
    dayRequests: dayOfSecond(second) === dayOfSecond(stored) ? Number(data.day_requests) : 0,
    aheadSecond: Number(data.ahead_second ?? 0),
    writes: Array.isArray(data.writes) ? data.writes.map(String) : [],
  };
}

function usedUpAt(now: number): RateWindow {
  const buckets = emptyBuckets.with(-1, USED_UP);
  return { second: now, requests: buckets, tokens: buckets, dayRequests: 0, aheadSecond: 0, writes: [] };
}

/** Adds to the bucket of a second, or takes back from it; a second that has left the window changes nothing. */
export function addToWindow(window: RateWindow, second: number, requests: number, tokens: number): RateWindow {
  const at = SPAN_SECONDS - 1 - (window.second - second);
  if (at < 0 || at >= SPAN_SECONDS) return window;
  const add = (buckets: readonly number[], amount: number) =>
    amount === 0 ? buckets : buckets.with(at, Math.max(0, (buckets[at] ?? 0) + amount));
  const sameDay = dayOfSecond(second) === dayOfSecond(window.second);
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

/** Seconds from the start of the last bucket until `amount` of what was counted has left; what is newer is in the last one. */
export function secondsUntilGone(buckets: readonly number[], amount: number): number {
  let left = amount;
  for (const [at, bucket] of buckets.entries()) {
    left -= bucket;
    if (left <= 0) return at + 1;
  }
  return SPAN_SECONDS;
}

/** Seconds until nothing counts any more. */
export function secondsUntilEmpty(buckets: readonly number[]): number {
  return buckets.findLastIndex((bucket) => bucket > 0) + 1;
}

/** Seconds until the next day (UTC). */
export function secondsUntilMidnight(second: number): number {
  return SECONDS_A_DAY - (second % SECONDS_A_DAY);
}

/** Of most keys nearly all seconds are empty, and what is not written costs nobody anything. */
export function toWindowFields(scopeId: string, window: RateWindow, write: string): Fields {
  const counts: bigint[] = [];
  for (let age = 0; age < SPAN_SECONDS; age++) {
    const [requests = 0, tokens = 0] = [window.requests.at(-1 - age), window.tokens.at(-1 - age)];
    if (requests > 0 || tokens > 0) counts.push(BigInt(age), BigInt(requests), BigInt(tokens));
  }
  return {
    scope_id: scopeId,
    second: BigInt(window.second),
    counts,
    day_requests: BigInt(window.dayRequests),
    ahead_second: BigInt(window.aheadSecond),
    writes: [...window.writes, write].slice(-WRITES_KEPT),
  };
}

function dayOfSecond(second: number): number {
  return Math.floor(second / SECONDS_A_DAY);
}

/**
 * `counts`: of each second that is not empty how long before the last it was, its requests, its tokens, one after another. Until
 * 2026-11-28 all seconds stood in `requests` and `tokens`; should those hold more or fewer than we keep, the newest count.
 */
function bucketsOf({ counts, requests, tokens }: Document['data']): Pick<RateWindow, 'requests' | 'tokens'> {
  if (!areCounts(counts)) return { requests: toNumbers(requests), tokens: toNumbers(tokens) };
  const buckets = { requests: [...emptyBuckets], tokens: [...emptyBuckets] };
  for (let at = 0; at < counts.length; at += 3) {
    const bucket = SPAN_SECONDS - 1 - Number(counts[at]);
    buckets.requests[bucket] = Number(counts[at + 1]);
    buckets.tokens[bucket] = Number(counts[at + 2]);
  }
  return buckets;
}

function toNumbers(value: Value | undefined): readonly number[] {
  const numbers = Array.isArray(value) ? value.map(Number) : [];
  return [...emptyBuckets, ...numbers].slice(-SPAN_SECONDS);
}

function shift(buckets: readonly number[], seconds: number): readonly number[] {
  if (seconds === 0) return buckets;
  const passed = Math.min(seconds, SPAN_SECONDS);
  return [...buckets.slice(passed), ...emptyBuckets.slice(0, passed)];
}

/** The second that a Unix time in milliseconds is in. */
export function toSecond(milliseconds: number): number {
  return Math.floor(milliseconds / 1_000);
}
