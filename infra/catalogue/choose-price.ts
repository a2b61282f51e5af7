import { type OnePriceEntry, type PriceEntry, pricesOf } from '../../functions/catalogue/price-entry.ts';
import { resolvePrices } from '../../functions/catalogue/resolve-price.ts';
import type { Part, PriceFound } from './price-found.ts';

export type Chosen =
  | { price: PriceEntry; differs: { package: OnePriceEntry; list: OnePriceEntry } | null }
  | { reason: string };

/**
 * One price of what the two sources say. The package's where they agree, since it has the days from which prices hold; parts
 * that it lacks are the list's. Where they differ on the day, the list's, which is the newer of the two, and the difference is told.
 * What one of them says to be beyond us is left out. `package` is null where it does not know the model.
 */
export function choosePrice(ofPackage: PriceFound | null, ofList: PriceFound, at: number): Chosen {
  if ('reason' in ofList) return ofList;
  if (ofPackage === null) return { price: ofList.price, differs: null };
  if ('reason' in ofPackage) return ofPackage;
  const [now, listed] = [priceOn(ofPackage.price, at), priceOn(ofList.price, at)];
  if (listed === null) return { reason: 'it has no price on the day' };
  if (now === null || !agree(now, listed)) {
    return { price: ofList.price, differs: now === null ? null : { package: now, list: listed } };
  }
  return { price: withPartsOf(ofPackage.price, listed), differs: null };
}

/** The entry that holds at a moment. */
export function priceOn(entry: PriceEntry, at: number): OnePriceEntry | null {
  const place = resolvePrices(entry, []).findIndex(({ from, until }) => from <= at && at < until);
  const sorted = pricesOf(entry, [])
    .map(({ price }) => price)
    .sort((a, b) => startOf(a) - startOf(b));
  return sorted[place] ?? null;
}

function startOf({ from }: OnePriceEntry): number {
  return from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(from);
}

const parts: readonly Part[] = ['input', 'output', 'cache_read', 'cache_write', 'cache_write_1h', 'input_audio'];

type Parts = { [part in Part]?: string | undefined };

/** Whether two prices name nothing that is another; where longer inputs begin, some say 272,000 and some a token less. */
export function agree(one: OnePriceEntry, other: OnePriceEntry): boolean {
  const [tiers = [], others = []] = [one.tiers, other.tiers];
  const same = (a: Parts, b: Parts) =>
    parts.every((part) => a[part] === undefined || b[part] === undefined || a[part] === b[part]);
  return (
    same(one, other) &&
    tiers.length === others.length &&
    tiers.every((tier, at) => {
      const twin = others[at];
      return twin !== undefined && same(tier, twin) && Math.abs(tier.above_input_tokens - twin.above_input_tokens) <= 1;
    })
  );
}

/** Of prices that change, the list knows one: it fills none. */
function withPartsOf(price: PriceEntry, listed: OnePriceEntry): PriceEntry {
  if (Array.isArray(price)) return price;
  const tiers = price.tiers?.map((tier, at) => ({ ...listed.tiers?.[at], ...tier }));
  const { tiers: _, ...rest } = listed;
  return { ...rest, ...price, ...(tiers === undefined ? {} : { tiers }) };
}
