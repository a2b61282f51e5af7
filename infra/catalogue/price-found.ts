import type { OnePriceEntry, PriceEntry } from '../../functions/catalogue/price-entry.ts';

/** A source's price in the catalogue's shape, or why the router can't charge it exactly. */
export type PriceFound = { price: PriceEntry } | { reason: string };

export type Part = keyof Omit<OnePriceEntry, 'tiers' | 'from' | 'until' | 'confirm' | 'request'>;

/** What one part costs, in USD per million tokens, and what it costs of longer inputs. */
export interface PartPrice {
  base: number;
  tiers: readonly { above: number; price: number }[];
}

/** The price of parts. A tier replaces all prices of a request: what has no price of its own there keeps what it costs below. */
export function toOnePrice(parts: ReadonlyMap<Part, PartPrice>): { price: OnePriceEntry } | { reason: string } {
  const base = decimals(parts, ({ base }) => base);
  if (base?.input === undefined || base.output === undefined) return { reason: 'it has no price for input or output' };
  if (base.input === '0' || base.output === '0') return { reason: 'it is free' };
  const lengths = new Set([...parts.values()].flatMap(({ tiers }) => tiers.map(({ above }) => above)));
  const tiers = [...lengths]
    .sort((a, b) => a - b)
    .map((above) => ({ above_input_tokens: above, ...decimals(parts, (part) => priceAbove(part, above)) }));
  const price = tiers.length === 0 ? base : { ...base, tiers };
  return { price: price as OnePriceEntry };
}

function priceAbove({ base, tiers }: PartPrice, length: number): number {
  return [...tiers].sort((a, b) => b.above - a.above).find(({ above }) => above <= length)?.price ?? base;
}

function decimals(parts: ReadonlyMap<Part, PartPrice>, of: (part: PartPrice) => number): Partial<OnePriceEntry> {
  return Object.fromEntries([...parts].map(([name, part]) => [name, toDecimal(of(part))]));
}

const DECIMALS = 6;

/** Sources give prices as floating numbers; the catalogue has decimal strings with at most six decimals. */
function toDecimal(price: number): string {
  return price.toFixed(DECIMALS).replace(/\.?0+$/, '');
}
