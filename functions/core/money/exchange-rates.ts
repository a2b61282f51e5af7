import type { Document, Documents, Fields, Value, Write } from '../store/documents.ts';
import { transact } from '../store/transact.ts';
import { type FxRate, formatRate, parseRate } from './fx.ts';
import { askToConfirm } from './slips.ts';
import { toNanos } from './to-nanos.ts';

export const RATES = 'rates';
export const USD_INR = 'USD_INR';

/**
 * What a dollar is taken to cost where no rate has ever been fetched: a laptop without a network. Marked as such in every
 * entry, event and answer that uses it.
 */
export const BUILT_IN_RATE: FxRate = { rate: 88_000_000n, asOf: '2025-10-01', source: 'built-in' };

/** The source of a rate that an operator has put by hand; all others are named for the host that was asked. */
export const MANUAL = 'manual';

/** A jump of more than this share of the last rate is refused: it is far more likely to be a broken source, or a slip. */
export const MAX_JUMP_PERCENT = 5n;

export function toRate({ data }: Pick<Document, 'data'>): FxRate {
  return { rate: toNanos(data.rate), asOf: String(data.as_of), source: String(data.source) };
}

export function isManual({ source }: FxRate): boolean {
  return source === MANUAL;
}

/** The rate in use, and the last that a source gave: another one while an operator's is in use, null before the first. */
export interface KnownRates {
  inUse: FxRate;
  good: FxRate | null;
}

export function toKnownRates(document: Document | null): KnownRates {
  if (document === null) return { inUse: BUILT_IN_RATE, good: null };
  const inUse = toRate(document);
  const { good } = document.data;
  if (!isManual(inUse)) return { inUse, good: inUse };
  return { inUse, good: good === null ? null : toRate({ data: good as Document['data'] }) };
}

/**
 * What a rate that a source gives is worth. `old`: no source has said anything new, so an operator's rate stays. `jump`: it is
 * neither near the last good one nor near what an operator has put meanwhile.
 */
export function judgeRate(rate: FxRate, { inUse, good }: KnownRates): 'new' | 'old' | 'jump' {
  if (good === null) return 'new';
  if (good.asOf >= rate.asOf) return 'old';
  return isJump(good.rate, rate.rate) && isJump(inUse.rate, rate.rate) ? 'jump' : 'new';
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
 * Stores a source's rate as the current one and in the history, by its day; one that an operator has put gives way. `unchanged`
 * where the last one of a source is as new or newer, so a day in the history never changes; `refused` where it is a jump that
 * no other source has confirmed.
 */
export async function storeRate(
  documents: Documents,
  rate: FxRate,
  now: Date,
  confirmed: boolean,
): Promise<RateOutcome> {
  return transact(documents, async (tx) => {
    const verdict = judgeRate(rate, toKnownRates(await tx.get(RATES, USD_INR)));
    if (verdict === 'old') return 'unchanged';
    if (verdict === 'jump' && !confirmed) return 'refused';
    const data = fromRate(rate, now);
    for (const id of [USD_INR, `${USD_INR}.${rate.asOf}`]) tx.write(rateWrite(id, data));
    return 'stored';
  });
}

/**
 * Sets the rate as an operator says, until a source has a new one. Throws `confirmation_required` where it is a jump from the
 * last good one or of a day that has not come, unless the operator has `confirmed` that. `audit` is written with it, once.
 */
export async function setRate(
  documents: Documents,
  rate: Omit<FxRate, 'source'>,
  { now, confirmed, audit }: { now: Date; confirmed: boolean; audit: Write },
): Promise<void> {
  const manual = { ...rate, source: MANUAL };
  await transact(documents, async (tx) => {
    const { inUse, good } = toKnownRates(await tx.get(RATES, USD_INR));
    if ((await tx.get(audit.collection, audit.id)) !== null) return;
    if (!confirmed) refuseRateSlip(manual, good ?? inUse, now);
    // In the history it stands beside what a source said of that day.
    tx.write(rateWrite(USD_INR, { ...fromRate(manual, now), good: good === null ? null : fromRate(good, now) }));
    tx.write(rateWrite(`${USD_INR}.${manual.asOf}.${MANUAL}`, fromRate(manual, now)));
    tx.write(audit);
  });
}

function refuseRateSlip({ rate, asOf }: FxRate, good: FxRate, now: Date): void {
  if (isJump(good.rate, rate)) {
    const [seen, usual] = [formatRate(rate), formatRate(good.rate)];
    const why = `${seen} is more than ${MAX_JUMP_PERCENT} % away from ${usual} of ${good.asOf}.`;
    throw askToConfirm({ param: 'rate', seen, usual, why });
  }
  const today = now.toISOString().slice(0, 'YYYY-MM-DD'.length);
  if (asOf > today) {
    throw askToConfirm({
      param: 'as_of',
      seen: asOf,
      usual: today,
      why: `${asOf} is in the future: today is ${today}.`,
    });
  }
}

function fromRate({ rate, asOf, source }: FxRate, now: Date): Record<string, Value> {
  return { rate, as_of: asOf, source, fetched_at: now };
}

function rateWrite(id: string, data: Fields): Write {
  return { kind: 'set', collection: RATES, id, data, expect: 'any' };
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
