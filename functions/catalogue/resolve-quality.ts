import type { Endpoint } from '../core/endpoints/endpoint.ts';
import type { Quality } from '../core/routing/quality.ts';
import type { ModelEntry } from './catalogue-file.ts';

/**
 * A model that no file gives a figure is taken to be worth its price: 35 where a million tokens in and a million out cost
 * half a dollar together, 7 more for each doubling. Between 30 and 75, so that what costs nothing is still a model, and what
 * is merely dear does not pass for the best.
 */
const HALF_A_DOLLAR_IS_WORTH = 35;
const DOUBLING_IS_WORTH = 7;
const LEAST = 30;
const MOST = 75;
const PICO_USD_PER_MILLION_TOKENS = 1e6;

export function resolveQuality(entry: ModelEntry, endpoints: readonly Endpoint[]): Quality {
  const general = entry.quality ?? qualityByPrice(endpoints);
  const { code = general, reasoning = general, multilingual = general } = entry.quality_by ?? {};
  return { general, code, reasoning, multilingual };
}

/** By the cheapest endpoint: the same model is no better where it is sold for more. */
function qualityByPrice(endpoints: readonly Endpoint[]): number {
  const prices = endpoints.map(({ price }) => Number(price.input + price.output) / PICO_USD_PER_MILLION_TOKENS);
  const worth = HALF_A_DOLLAR_IS_WORTH + DOUBLING_IS_WORTH * Math.log2(Math.min(...prices) / 0.5);
  return Math.round(Math.min(MOST, Math.max(LEAST, worth)));
}
