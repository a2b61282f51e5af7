import type { Document, Documents } from './documents.ts';
import { type FxRate, parseRate } from './fx.ts';
import { toNanos } from './ledger.ts';

export const RATES = 'rates';
export const USD_INR = 'USD_INR';

/**
 * What a dollar is taken to cost where no rate has ever been fetched: a laptop without a network. Marked as such in every
 * entry, event and answer that uses it.
 */
export const BUILT_IN_RATE: FxRate = { rate: 88_000_000n, asOf: '2025-10-01', source: 'built-in' };

/** A jump of more than this share of the last rate is refused: it is far more likely to be a broken source. */
export const MAX_JUMP_PERCENT = 5n;

export function toRate({ data }: Document): FxRate {
  return { rate: toNanos(data.rate), asOf: String(data.as_of), source: String(data.source) };
}

/** What became of a rate that a source named. */
export type RateOutcome = 'stored' | 'unchanged' | 'refused';

/**
 * Stores a rate as the current one and in the history, by its day. `unchanged` where the stored one is as new or newer;
 * `refused` where it is a jump from the stored one.
 */
export async function storeRate(documents: Documents, rate: FxRate, now: Date): Promise<RateOutcome> {
  return documents.transaction(async (tx) => {
    const current = await tx.get(RATES, USD_INR);
    const last = current === null ? null : toRate(current);
    if (last !== null && last.source !== BUILT_IN_RATE.source) {
      if (last.asOf >= rate.asOf) return 'unchanged';
      if (isJump(last.rate, rate.rate)) return 'refused';
    }
    const data = { rate: rate.rate, as_of: rate.asOf, source: rate.source, fetched_at: now };
    tx.write({ kind: 'set', collection: RATES, id: USD_INR, data, expect: 'any' });
    tx.write({ kind: 'set', collection: RATES, id: `${USD_INR}.${rate.asOf}`, data, expect: 'any' });
    return 'stored';
  });
}

export function isJump(from: bigint, to: bigint): boolean {
  const change = to > from ? to - from : from - to;
  return change * 100n > from * MAX_JUMP_PERCENT;
}

/** Days are compared as text, which works for `YYYY-MM-DD` alone. */
export function makeRate(rate: string, asOf: string, source: string): FxRate | null {
  const parsed = parseRate(rate);
  return parsed === null || !/^\d{4}-\d{2}-\d{2}$/.test(asOf) ? null : { rate: parsed, asOf, source };
}
