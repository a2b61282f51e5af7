import { type Part, type PartPrice, type PriceFound, toOnePrice } from './price-found.ts';

/** An entry of LiteLLM's list: prices are USD for one token. */
export type ListEntry = Readonly<Record<string, unknown>>;

const partOf: ReadonlyMap<string, Part> = new Map([
  ['input_cost_per_token', 'input'],
  ['output_cost_per_token', 'output'],
  ['cache_read_input_token_cost', 'cache_read'],
  ['cache_creation_input_token_cost', 'cache_write'],
  ['cache_creation_input_token_cost_above_1hr', 'cache_write_1h'],
  ['input_cost_per_audio_token', 'input_audio'],
  ['output_cost_per_reasoning_token', 'reasoning'],
]);

/** Other ways to be served (priority, batches, …), which the router never asks for, and what is done besides. */
const beside =
  /(_batches|_flex|_priority|_ultrafast|_fast|_above_12hr.*|per_query|_cache_hit|_per_session|_per_1k_calls)$/;
const LONGER = /_above_(\d+)k_tokens$/;
const TOKENS_PER_MILLION = 1_000_000;

/** What an entry costs, or why it can't be charged exactly. */
export function toListPrice(entry: ListEntry): PriceFound {
  for (const name of ['off_peak_pricing', 'tiered_pricing']) {
    if (name in entry) return { reason: `the router has no price for ${name}` };
  }
  const parts = new Map<Part, PartPrice>();
  const named = Object.entries(entry).filter(([key]) => key.includes('_cost') && !beside.test(key));
  for (const [key, value] of named) {
    const [tail, thousands] = LONGER.exec(key) ?? ['', undefined];
    const part = partOf.get(key.slice(0, key.length - tail.length));
    const price = typeof value === 'number' ? value * TOKENS_PER_MILLION : 0;
    // Nothing is not a price of a part: lists say 0 where a provider has none.
    if (price === 0 && key !== 'input_cost_per_token' && key !== 'output_cost_per_token') continue;
    if (part === undefined && isOfInput(key, price, entry)) continue;
    if (part === undefined) return { reason: `the router has no price for ${key}` };
    const known = parts.get(part) ?? { base: Number.NaN, tiers: [] };
    parts.set(
      part,
      thousands === undefined
        ? { ...known, base: price }
        : { ...known, tiers: [...known.tiers, { above: Number(thousands) * 1_000, price }] },
    );
  }
  for (const [part, { base }] of parts) if (Number.isNaN(base)) return { reason: `it has only a tier for ${part}` };
  return toOnePrice(parts);
}

/** Images and video that are counted in tokens, at the price of other input. */
function isOfInput(key: string, price: number, { input_cost_per_token: input }: ListEntry): boolean {
  if (!/^input_cost_per_(image|video)_token$/.test(key)) return false;
  return (
    typeof input === 'number' && Math.abs(price - input * TOKENS_PER_MILLION) < Number.EPSILON * TOKENS_PER_MILLION
  );
}
