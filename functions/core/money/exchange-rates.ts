import type { Document, Documents, Write } from '../store/documents.ts';
import { transact } from '../store/transact.ts';
import { type FxRate, parseRate } from './fx.ts';
import { toNanos } from './to-nanos.ts';

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

/** Two sources agree where they differ by at most one part in so many. */
const AGREE_PART = 100n;

/** Rupees per dollar, in 10⁻⁶, that can be meant: anything else is a broken source. */
const LEAST_RATE = 1_000_000n;
const MOST_RATE = 10_000_000_000n;

/** A rate older than this is told of. Markets close for weekends and holidays, so it goes on being used. */
export const MAX_RATE_AGE_DAYS = 3;

/** What became of a rate that a source named. */
export type RateOutcome = 'stored' | 'unchanged' | 'refused';

/**
 * Stores a rate as the current one and in the history, by its day. `unchanged` where the stored one is as new or newer, so a
 * day in the history never changes; `refused` where it is a jump from the stored one that nobody has confirmed.
 */
export async function storeRate(
  documents: Documents,
  rate: FxRate,
  now: Date,
  confirmed: boolean,
): Promise<RateOutcome> {
  return transact(documents, async (tx) => {
    const current = await tx.get(RATES, USD_INR);
    const last = current === null ? null : toRate(current);
    if (last !== null) {
      if (last.asOf >= rate.asOf) return 'unchanged';
      if (isJump(last.rate, rate.rate) && !confirmed) return 'refused';
    }
    for (const write of rateWrites(rate, now)) tx.write(write);
    return 'stored';
  });
}

/** Sets the rate as an operator says, whatever was stored. */
export async function setRate(documents: Documents, rate: FxRate, now: Date, audit: Write): Promise<void> {
  await documents.commit([...rateWrites(rate, now), audit]);
}

function rateWrites({ rate, asOf, source }: FxRate, now: Date): Write[] {
  const data = { rate, as_of: asOf, source, fetched_at: now };
  return [USD_INR, `${USD_INR}.${asOf}`].map((id) => ({ kind: 'set', collection: RATES, id, data, expect: 'any' }));
}

/** Whole days from a rate's day to now (Unix milliseconds); 0 for one of today or tomorrow. */
export function ageInDays({ asOf }: FxRate, now: number): number {
  return Math.max(0, Math.floor((now - Date.parse(asOf)) / 86_400_000));
}

export function isSane(rate: bigint): boolean {
  return rate >= LEAST_RATE && rate <= MOST_RATE;
}

/** Whether two sources mean the same rate. */
export function agrees(one: bigint, other: bigint): boolean {
  const difference = one > other ? one - other : other - one;
  return difference * AGREE_PART <= one;
}

export function isJump(from: bigint, to: bigint): boolean {
  const change = to > from ? to - from : from - to;
  return change * 100n > from * MAX_JUMP_PERCENT;
}

/** Days are compared as text, which works for `YYYY-MM-DD` alone. */
export function makeRate(rate: string, asOf: string, source: string): FxRate | null {
  const parsed = parseRate(rate);
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(asOf) && !Number.isNaN(Date.parse(asOf));
  return parsed === null || !isSane(parsed) || !isDay ? null : { rate: parsed, asOf, source };
}
