import { formatDecimal, parseDecimal } from './money.ts';
import type { Usage } from './usage.ts';

/** USD per million tokens has six decimals at most, which makes 10⁻¹² USD per token exact. */
const PRICE_DECIMALS = 6;

/** 10⁻¹² USD for one token. */
export type PicoUsd = bigint;

/** Prices for one token. Where a provider names no price of its own for a part, the part costs what its total costs. */
export interface TokenPrices {
  input: PicoUsd;
  output: PicoUsd;
  cacheRead: PicoUsd;
  cacheWrite: PicoUsd;
  cacheWrite1h: PicoUsd;
  inputAudio: PicoUsd;
  reasoning: PicoUsd;
}

/** A tier replaces the base prices for the whole request when its input is longer than `aboveInputTokens`. */
export interface PriceTier extends TokenPrices {
  aboveInputTokens: number;
}

export interface Price extends TokenPrices {
  /** For every request, however long. */
  request: PicoUsd;
  /** By rising `aboveInputTokens`. */
  tiers: readonly PriceTier[];
}

/** `'0.30'` USD per million tokens as 10⁻¹² USD per token; null where it is no such decimal. */
export function parsePrice(text: string): PicoUsd | null {
  const price = parseDecimal(text, PRICE_DECIMALS);
  return price === null || price < 0n ? null : price;
}

/** 10⁻¹² USD per token as USD per million tokens, a decimal string. */
export function formatPrice(price: PicoUsd): string {
  return formatDecimal(price, PRICE_DECIMALS);
}

/** The exact cost of what was used, in 10⁻¹² USD. Each token is counted once, at the price of its narrowest part. */
export function costOf(usage: Usage, price: Price): PicoUsd {
  const rates = price.tiers.findLast((tier) => usage.input > tier.aboveInputTokens) ?? price;
  const cached = usage.cacheRead + usage.cacheWrite + usage.cacheWrite1h;
  const plainInput = Math.max(0, usage.input - cached - usage.inputAudio);
  const plainOutput = Math.max(0, usage.output - usage.reasoning);
  return (
    price.request +
    priced(plainInput, rates.input) +
    priced(usage.cacheRead, rates.cacheRead) +
    priced(usage.cacheWrite, rates.cacheWrite) +
    priced(usage.cacheWrite1h, rates.cacheWrite1h) +
    priced(usage.inputAudio, rates.inputAudio) +
    priced(plainOutput, rates.output) +
    priced(usage.reasoning, rates.reasoning)
  );
}

/** Of most parts of a usage there is nothing, and a product of integers takes memory. */
function priced(tokens: number, price: PicoUsd): PicoUsd {
  return tokens === 0 ? 0n : BigInt(tokens) * price;
}

/** What an input cannot have. */
export interface Without {
  /** No audio. */
  silent?: boolean | undefined;
  /** Nothing that is written to a cache. */
  uncached?: boolean | undefined;
}

/** The dearest that so many tokens can be, whatever part or tier they fall in, in 10⁻¹² USD. */
export function costUpperBound(
  inputTokens: number,
  outputTokens: number,
  price: Price,
  { silent = false, uncached = false }: Without = {},
): PicoUsd {
  let most = dearest(inputTokens, outputTokens, price, silent, uncached);
  for (const tier of price.tiers) {
    if (inputTokens <= tier.aboveInputTokens) continue;
    most = max(most, dearest(inputTokens, outputTokens, tier, silent, uncached));
  }
  return price.request + most;
}

function dearest(
  inputTokens: number,
  outputTokens: number,
  rates: TokenPrices,
  silent: boolean,
  uncached: boolean,
): PicoUsd {
  let input = max(rates.input, rates.cacheRead);
  if (!silent) input = max(input, rates.inputAudio);
  if (!uncached) input = max(input, max(rates.cacheWrite, rates.cacheWrite1h));
  return priced(inputTokens, input) + priced(outputTokens, max(rates.output, rates.reasoning));
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
