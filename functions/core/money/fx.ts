import { type Currency, divideUp, formatDecimal, type Nanos, parseDecimal } from './money.ts';

const RATE_DECIMALS = 6;
const RATE_ONE = 1_000_000n;

/** How many rupees a dollar costs, with where and when that was said. */
export interface FxRate {
  /** Rupees per dollar in 10⁻⁶: `88_123_456n` is ₹88.123456. Positive. */
  rate: bigint;
  /** The day of the quotation, `YYYY-MM-DD`. */
  asOf: string;
  source: string;
}

/** `'88.1234'` as 10⁻⁶ rupees; null where it is no positive decimal with at most six decimals. */
export function parseRate(text: string): bigint | null {
  const rate = parseDecimal(text, RATE_DECIMALS);
  return rate === null || rate <= 0n ? null : rate;
}

export function formatRate(rate: bigint): string {
  return formatDecimal(rate, RATE_DECIMALS);
}

/** An exact amount of dollars in 10⁻¹² as nanos of `currency`, rounded up once, here and nowhere else. */
export function picoUsdToNanos(picoUsd: bigint, currency: Currency, rate: FxRate): Nanos {
  return currency === 'USD' ? divideUp(picoUsd, 1_000n) : divideUp(picoUsd * rate.rate, 1_000n * RATE_ONE);
}

/** How many 10⁻¹² dollars an amount buys, rounded down. */
export function nanosToPicoUsd(nanos: Nanos, currency: Currency, rate: FxRate): bigint {
  return currency === 'USD' ? nanos * 1_000n : (nanos * 1_000n * RATE_ONE) / rate.rate;
}

/** Converts nanos between the two currencies, rounded up; the same currency comes back as it is. For display only. */
export function convert(nanos: Nanos, from: Currency, to: Currency, rate: FxRate): Nanos {
  if (from === to) return nanos;
  return to === 'INR' ? divideUp(nanos * rate.rate, RATE_ONE) : divideUp(nanos * RATE_ONE, rate.rate);
}

/** What a charge came to in both currencies. */
export interface BothCurrencies {
  usd: Nanos;
  inr: Nanos;
}

/**
 * A charge of `amount` in `currency`, made for an exact cost of `picoUsd`, in both currencies. The owner's is the amount
 * itself; the other is taken from the exact cost, not from the rounded amount, unless not all of the cost was charged.
 */
export function inBothCurrencies(amount: Nanos, currency: Currency, picoUsd: bigint, rate: FxRate): BothCurrencies {
  const other = currency === 'USD' ? 'INR' : 'USD';
  const inFull = amount === picoUsdToNanos(picoUsd, currency, rate);
  const converted = inFull ? picoUsdToNanos(picoUsd, other, rate) : convert(amount, currency, other, rate);
  return currency === 'USD' ? { usd: amount, inr: converted } : { usd: converted, inr: amount };
}
