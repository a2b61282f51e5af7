import type { Value } from '../store/documents.ts';

/**
 * How many requests took how long to their first token: counts by the upper bound of a bucket, in milliseconds. Unlike a mean, or
 * a percentile that was worked out before, counts can be added up over any keys, models and days. A bucket is by a half or a
 * third longer than the one before it, so that what is read from it is wrong by less than that.
 */
export type LatencyCounts = { readonly [bound: string]: bigint };

export const noLatencies: LatencyCounts = {};

const SHORTEST_MS = 50;
const DOUBLINGS = 11;
/** 50, 75, 100, 150, … 102,400 ms. */
export const latencyBounds: readonly number[] = Array.from({ length: DOUBLINGS }, (_, at) => SHORTEST_MS * 2 ** at)
  .flatMap((ms) => [ms, ms * 1.5])
  .concat(SHORTEST_MS * 2 ** DOUBLINGS);

/** One request; nothing of one that had no first token, whose time is 0. What is longer than the last bound counts as that. */
export function countLatency(ms: bigint): LatencyCounts {
  if (ms <= 0n) return noLatencies;
  const time = Number(ms);
  const bound = latencyBounds.find((each) => time <= each) ?? latencyBounds.at(-1);
  return { [String(bound)]: 1n };
}

export function addLatencies(a: LatencyCounts, b: LatencyCounts): LatencyCounts {
  if (a === noLatencies) return b;
  if (b === noLatencies) return a;
  const sum: Record<string, bigint> = { ...a };
  for (const bound in b) sum[bound] = (sum[bound] ?? 0n) + (b[bound] ?? 0n);
  return sum;
}

/** What stands in a document; nothing in those of before 2026-11-29. */
export function toLatencyCounts(value: Value | undefined): LatencyCounts {
  if (typeof value !== 'object' || value === null) return noLatencies;
  const counts = Object.entries(value).filter((entry): entry is [string, bigint] => typeof entry[1] === 'bigint');
  return counts.length === 0 ? noLatencies : Object.fromEntries(counts);
}

/** The time within which a share of the requests had their first token, as if those of a bucket were spread over it; null for none. */
export function latencyAt(counts: LatencyCounts, share: number): number | null {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0n);
  if (total === 0n) return null;
  const rank = share * Number(total);
  let before = 0;
  let shortest = 0;
  for (const bound of latencyBounds) {
    const count = Number(counts[String(bound)] ?? 0n);
    if (count > 0 && before + count >= rank) {
      return Math.round(shortest + ((bound - shortest) * (rank - before)) / count);
    }
    before += count;
    shortest = bound;
  }
  return latencyBounds.at(-1) ?? null;
}
