import { makeRate } from '../core/money/exchange-rates.ts';
import { type FxRate, formatRate } from '../core/money/fx.ts';
import { parseDecimal } from '../core/money/money.ts';

const RATE_DECIMALS = 6;
/** Decimals of the quotations that are divided; the ECB gives at most five. */
const QUOTED_DECIMALS = 8;

/**
 * Rupees per dollar from a source's reply, in either of two forms: the ECB's daily XML (both currencies per euro, so the
 * one is divided by the other), or JSON as Frankfurter and others send it, `{date, base, rates: {INR, USD?}}`, or
 * as ExchangeRate-API does, `{time_last_update_unix, base_code, rates}`. Null where the reply holds no rate.
 * https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates
 */
export function parseRateReply(text: string, source: string): FxRate | null {
  const quoted = text.trimStart().startsWith('<') ? fromEcb(text) : fromJson(text);
  if (quoted === null) return null;
  const inr = parseDecimal(quoted.inr, QUOTED_DECIMALS);
  const usd = parseDecimal(quoted.usd, QUOTED_DECIMALS);
  if (inr === null || usd === null || inr <= 0n || usd <= 0n) return null;
  // Rounded to the nearest 10⁻⁶ rupee.
  const rate = (inr * 10n ** BigInt(RATE_DECIMALS) + usd / 2n) / usd;
  return makeRate(formatRate(rate), quoted.day, source);
}

interface Quoted {
  inr: string;
  usd: string;
  day: string;
}

function fromEcb(xml: string): Quoted | null {
  const rateOf = (currency: string) =>
    new RegExp(`currency=['"]${currency}['"]\\s+rate=['"]([0-9.]+)['"]`).exec(xml)?.[1];
  const [inr, usd, day] = [rateOf('INR'), rateOf('USD'), /time=['"]([0-9-]+)['"]/.exec(xml)?.[1]];
  return inr && usd && day ? { inr, usd, day } : null;
}

function fromJson(text: string): Quoted | null {
  try {
    const reply = JSON.parse(text) as Record<string, unknown>;
    const rates = (reply.rates ?? {}) as Record<string, unknown>;
    const base = reply.base ?? reply.base_code;
    const usd = base === 'USD' ? '1' : rates.USD;
    const seconds = reply.time_last_update_unix;
    const date = typeof seconds === 'number' ? new Date(seconds * 1_000).toISOString().slice(0, 10) : reply.date;
    if (typeof date !== 'string' || rates.INR === undefined || usd === undefined) return null;
    return { inr: String(rates.INR), usd: String(usd), day: date };
  } catch {
    return null;
  }
}
