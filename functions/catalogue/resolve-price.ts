import { type PicoUsd, type Price, parsePrice, type TokenPrices } from '../core/money/price.ts';
import { mistake, type PriceEntry } from './catalogue-file.ts';

/** Prices as the ledger reads them: every part named, tiers by rising length. `path` says where the entry stands. */
export function resolvePrice(entry: PriceEntry, path: readonly PropertyKey[]): Price {
  const tiers = (entry.tiers ?? [])
    .map((tier) => ({ ...resolveParts(tier), aboveInputTokens: tier.above_input_tokens }))
    .sort((a, b) => a.aboveInputTokens - b.aboveInputTokens);
  if (new Set(tiers.map((tier) => tier.aboveInputTokens)).size < tiers.length) {
    throw mistake([...path, 'tiers'], 'two tiers begin at the same length');
  }
  return { ...resolveParts(entry), request: toPicoUsd(entry.request ?? '0'), tiers };
}

function resolveParts(entry: Omit<PriceEntry, 'request' | 'tiers'>): TokenPrices {
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
