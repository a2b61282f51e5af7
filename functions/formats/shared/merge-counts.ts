import { isRecord } from './is-record.ts';

type Counts = Readonly<Record<string, unknown>>;

/**
 * Counters that a stream reports more than once. They are cumulative: a later one replaces an earlier one. One that is left out
 * stays, and so does one that is zero later, which is how servers leave it out.
 */
export function mergeCounts(earlier: Counts, later: unknown): Counts {
  if (!isRecord(later)) return earlier;
  const merged: Record<string, unknown> = { ...earlier };
  for (const [name, count] of Object.entries(later)) {
    if (isRecord(count) && isRecord(merged[name])) merged[name] = mergeCounts(merged[name], count);
    else if ((count !== null && count !== 0) || !(name in merged)) merged[name] = count;
  }
  return merged;
}
