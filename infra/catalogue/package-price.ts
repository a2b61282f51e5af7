import type { ConditionalPrice, ModelPrice } from '@pydantic/genai-prices';
import type { OnePriceEntry } from '../../functions/catalogue/price-entry.ts';
import { type Part, type PartPrice, type PriceFound, toOnePrice } from './price-found.ts';

const partOf: ReadonlyMap<string, Part> = new Map([
  ['input_mtok', 'input'],
  ['output_mtok', 'output'],
  ['cache_read_mtok', 'cache_read'],
  ['cache_write_mtok', 'cache_write'],
  ['cache_write_1h_mtok', 'cache_write_1h'],
  ['input_audio_mtok', 'input_audio'],
]);

/** What the provider does besides, only when it is asked to; the router does not ask. */
const beside: ReadonlySet<string> = new Set(['web_searches_kcount', 'storage_searches_kcount']);

/** The prices of a model of `@pydantic/genai-prices`, with the days from which they hold. */
export function toPackagePrice(prices: ConditionalPrice[] | ModelPrice): PriceFound {
  if (!Array.isArray(prices)) return mapPrice(prices);
  const dated: OnePriceEntry[] = [];
  for (const { constraint, prices: each } of prices) {
    if (constraint?.type === 'time_of_date') return { reason: 'its price changes with the time of day' };
    const found = mapPrice(each);
    if ('reason' in found) return found;
    dated.push(constraint === undefined ? found.price : { ...found.price, from: constraint.start_date });
  }
  const [first, ...others] = dated;
  if (first === undefined) return { reason: 'it has no price' };
  return { price: others.length === 0 ? first : dated };
}

function mapPrice(prices: ModelPrice): { price: OnePriceEntry } | { reason: string } {
  const parts = new Map<Part, PartPrice>();
  for (const [key, value] of Object.entries(prices)) {
    if (value === undefined || beside.has(key)) continue;
    const part = partOf.get(key);
    if (part === undefined) return { reason: `the router has no price for ${key}` };
    parts.set(
      part,
      typeof value === 'number'
        ? { base: value, tiers: [] }
        : { base: value.base, tiers: value.tiers.map(({ start, price }) => ({ above: start, price })) },
    );
  }
  return toOnePrice(parts);
}
