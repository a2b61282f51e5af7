import type { ClassResult } from './scale.ts';

/** Firestore in a multi-region, dollars for 100,000: list prices as known in November 2026, as `infra/operate/costs.md` has them. */
const PRICES = { reads: 0.06, writes: 0.18, deletes: 0.02 };
const PRICED = 100_000;
const MILLION = 1_000_000;

/** What one request does to the store, on average. */
export interface PerRequest {
  writes: number;
  deletes: number;
  reads: number;
  /** Transactions that were overtaken and run again. */
  overtaken: number;
}

export function perRequest({ requests, reading }: Pick<ClassResult, 'requests' | 'reading'>): PerRequest {
  const { writes, deletes, reads, overtaken } = reading;
  const each = (count: number) => count / requests;
  return { writes: each(writes), deletes: each(deletes), reads: each(reads), overtaken: each(overtaken) };
}

/** What Firestore's operations of a million requests cost, in dollars. */
export function costOfMillion({ writes, deletes, reads }: PerRequest): number {
  return ((writes * PRICES.writes + deletes * PRICES.deletes + reads * PRICES.reads) / PRICED) * MILLION;
}

/**
 * Which share of all requests comes from owners that ask about as often as each of `rates`, which rise, where the n-th owner asks 1/n as
 * often as the first (Zipf). An owner belongs to the rate that is nearest to its own by their ratio.
 */
export function sharesOfZipf(owners: number, perSecond: number, rates: readonly number[]): number[] {
  let harmonic = 0;
  for (let rank = 1; rank <= owners; rank++) harmonic += 1 / rank;
  const shares = rates.map(() => 0);
  for (let rank = 1; rank <= owners; rank++) {
    const share = 1 / rank / harmonic;
    const rate = perSecond * share;
    const above = rates.findIndex((each, at) => rate < Math.sqrt(each * (rates[at + 1] ?? Number.POSITIVE_INFINITY)));
    shares[above] = (shares[above] ?? 0) + share;
  }
  return shares;
}

/** The average over classes of owners, weighted. */
export function mixOf(parts: readonly { share: number; each: PerRequest }[]): PerRequest {
  const sum = (name: keyof PerRequest) => parts.reduce((total, { share, each }) => total + share * each[name], 0);
  return { writes: sum('writes'), deletes: sum('deletes'), reads: sum('reads'), overtaken: sum('overtaken') };
}
