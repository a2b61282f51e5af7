import { z } from 'zod';
import { parsePrice } from '../core/money/price.ts';

/** A positive number of tokens. */
const tokens = z.int().positive();

const price = z
  .string()
  .refine((value) => parsePrice(value) !== null, 'must be a decimal string with at most 6 decimals, such as "0.30"');

/** `2026-12-01`, which begins at midnight UTC, or `2026-12-01T16:00:00Z`. */
const moment = z.union([z.iso.date(), z.iso.datetime()], 'must be a date, or a date with its time in UTC');

const partPrices = {
  input: price,
  output: price,
  cache_read: price.optional(),
  cache_write: price.optional(),
  cache_write_1h: price.optional(),
  reasoning: price.optional(),
  input_audio: price.optional(),
};
const tier = z.strictObject({ ...partPrices, above_input_tokens: tokens });

const onePrice = z.strictObject({
  ...partPrices,
  request: price.optional(),
  /** Long context: a tier replaces all prices of a request whose input is longer than `above_input_tokens`. */
  tiers: z.array(tier).optional(),
  /** The moment from which it holds; default: it always has. */
  from: moment.optional(),
  /** The moment from which it holds no more; default: when the next of the list begins, or never. */
  until: moment.optional(),
  /** That these prices are meant, though one is a thousand times beyond the usual (refuse-price-slips.ts). */
  confirm: z.boolean().optional(),
});

/**
 * What an endpoint costs: USD per million tokens, decimal strings; `request` is USD per million requests. What is free says
 * `"0"`. Parts without a price cost what their total costs: cache reads and writes and audio cost `input`, an hour's cache write
 * costs `cache_write`, reasoning costs `output`. A list has prices that hold one after the other: a request costs what holds
 * at the moment it is sent, and an endpoint is not served while none does.
 */
export const priceEntry = z.union([onePrice, z.array(onePrice).min(1)], 'must be a price, or a list of dated prices');

export type OnePriceEntry = z.infer<typeof onePrice>;
export type PriceEntry = z.infer<typeof priceEntry>;

/** The prices of an entry in the order of the file, each with where it stands. */
export function pricesOf(
  entry: PriceEntry,
  path: readonly PropertyKey[],
): { price: OnePriceEntry; path: readonly PropertyKey[] }[] {
  if (!Array.isArray(entry)) return [{ price: entry, path }];
  return entry.map((price, at) => ({ price, path: [...path, at] }));
}
