import { type PicoUsd, type Price, parsePrice, type TokenPrices } from '../core/money/price.ts';
import { mistake } from './mistakes.ts';
import { type OnePriceEntry, type PriceEntry, pricesOf } from './price-entry.ts';

/** A price with when it holds: from the first moment to before the second, Unix milliseconds; both may be infinite. */
export interface DatedPrice {
  price: Price;
  from: number;
  until: number;
}

/**
 * Prices as the ledger reads them: every part named, tiers by rising length; by rising `from`, no two at one moment. `path` says
 * where the entry stands.
 */
export function resolvePrices(entry: PriceEntry, path: readonly PropertyKey[]): DatedPrice[] {
  const dated = pricesOf(entry, path)
    .map((each) => ({ ...each, from: toTime(each.price.from) ?? Number.NEGATIVE_INFINITY }))
    .sort((a, b) => (a.from < b.from ? -1 : 1));
  return dated.map(({ price, path: here, from }, at) => {
    const next = dated[at + 1]?.from ?? Number.POSITIVE_INFINITY;
    const until = toTime(price.until) ?? next;
    if (next === from) throw mistake([...here, 'from'], 'another price of the list begins at the same moment');
    if (until <= from) throw mistake([...here, 'until'], 'must be later than `from`');
    if (until > next) throw mistake([...here, 'until'], 'the next price of the list holds before that');
    return { price: resolvePrice(price, here), from, until };
  });
}

/** What holds at a moment; null where nothing does. */
export function priceAt(prices: readonly DatedPrice[], at: number): Price | null {
  return prices.find(({ from, until }) => from <= at && at < until)?.price ?? null;
}

/** The first moment after `at` at which another price holds, or none any more; infinite where there is none. */
export function nextChange(prices: readonly DatedPrice[], at: number): number {
  return Math.min(...prices.flatMap(({ from, until }) => [from, until]).filter((moment) => moment > at));
}

function toTime(text: string | undefined): number | null {
  return text === undefined ? null : Date.parse(text);
}

function resolvePrice(entry: OnePriceEntry, path: readonly PropertyKey[]): Price {
  const tiers = (entry.tiers ?? [])
    .map((tier) => ({ ...resolveParts(tier), aboveInputTokens: tier.above_input_tokens }))
    .sort((a, b) => a.aboveInputTokens - b.aboveInputTokens);
  if (new Set(tiers.map((tier) => tier.aboveInputTokens)).size < tiers.length) {
    throw mistake([...path, 'tiers'], 'two tiers begin at the same length');
  }
  return { ...resolveParts(entry), request: toPicoUsd(entry.request ?? '0'), tiers };
}

function resolveParts(entry: Omit<OnePriceEntry, 'request' | 'tiers'>): TokenPrices {
  const { input, output, cache_read, cache_write = input, cache_write_1h, reasoning, input_audio } = entry;
  return {
    input: toPicoUsd(input),
    output: toPicoUsd(output),
    cacheRead: toPicoUsd(cache_read ?? input),
    cacheWrite: toPicoUsd(cache_write),
    cacheWrite1h: toPicoUsd(cache_write_1h ?? cache_write),
    inputAudio: toPicoUsd(input_audio ?? input),
    reasoning: toPicoUsd(reasoning ?? output),
  };
}

function toPicoUsd(text: string): PicoUsd {
  const price = parsePrice(text);
  if (price === null) throw new RangeError('A price passed the schema that is none.');
  return price;
}
