import { formatPrice, type PicoUsd, parsePrice } from '../core/money/price.ts';
import { SLIP_FACTOR } from '../core/money/slips.ts';
import type { CatalogueFile } from './catalogue-file.ts';
import { eachChecked, mistake } from './mistakes.ts';
import { type OnePriceEntry, pricesOf } from './price-entry.ts';

/** Prices that can be compared: of input in all its parts, of output, of the request itself. */
type Kind = 'input' | 'output' | 'request';

/** What counts as usual of a model that is not built in: USD per million tokens, and per million requests. */
export const USUAL_PRICE: { readonly [kind in Kind]: string } = { input: '10', output: '10', request: '10000' };

interface Part {
  path: readonly PropertyKey[];
  kind: Kind;
  price: PicoUsd;
}

interface Range {
  least: PicoUsd;
  most: PicoUsd;
}

/**
 * Refuses an operator's file that names a price more than `SLIP_FACTOR` times above or below the built-in prices of the same
 * model, or above `USUAL_PRICE` where there are none, unless `confirm` stands beside it. What is free was not mistyped.
 */
export function refusePriceSlips(file: CatalogueFile, builtin: readonly CatalogueFile[]): void {
  const checks = Object.entries(file.models ?? {}).flatMap(([id, model]) => {
    const known = builtin
      .flatMap(({ models }) => models?.[id]?.endpoints ?? [])
      .flatMap(({ price }) => pricesOf(price, []).flatMap((each) => partsOf(each.price, [])));
    return (model?.endpoints ?? [])
      .flatMap(({ price }, at) => pricesOf(price, ['models', id, 'endpoints', at, 'price']))
      .filter(({ price }) => price.confirm !== true)
      .flatMap(({ price, path }) => partsOf(price, path))
      .map((part) => ({ part, known }));
  });
  eachChecked(checks, ({ part, known }) => refuseSlip(part, known));
}

function refuseSlip({ path, kind, price }: Part, known: readonly Part[]): void {
  const builtin = rangeOf(known.filter((part) => part.kind === kind));
  const usual = builtin?.most ?? toPico(USUAL_PRICE[kind]);
  const name = builtin === null ? 'usual' : 'built-in';
  if (price > usual * SLIP_FACTOR) throw slip(path, price, 'above', `the ${name} ${formatPrice(usual)}`);
  if (builtin !== null && price * SLIP_FACTOR < builtin.least) {
    throw slip(path, price, 'below', `the built-in ${formatPrice(builtin.least)}`);
  }
}

function slip(path: readonly PropertyKey[], price: PicoUsd, where: 'above' | 'below', what: string) {
  const confirmed = 'if that is meant, put "confirm": true into the same price';
  return mistake(path, `${formatPrice(price)} is more than ${SLIP_FACTOR} times ${where} ${what}; ${confirmed}`);
}

/** All prices that an entry names and that are not zero. */
function partsOf(
  { tiers = [], confirm: _, from: _from, until: _until, ...parts }: OnePriceEntry,
  path: readonly PropertyKey[],
): Part[] {
  return [
    ...namedParts(parts, path),
    ...tiers.flatMap(({ above_input_tokens: _tokens, ...tier }, at) => namedParts(tier, [...path, 'tiers', at])),
  ];
}

function namedParts(parts: { [name: string]: string | undefined }, path: readonly PropertyKey[]): Part[] {
  return Object.entries(parts).flatMap(([name, text]) => {
    const price = text === undefined ? 0n : toPico(text);
    return price === 0n ? [] : [{ path: [...path, name], kind: kindOf(name), price }];
  });
}

function kindOf(name: string): Kind {
  if (name === 'request') return 'request';
  return name === 'output' || name === 'reasoning' ? 'output' : 'input';
}

function rangeOf(parts: readonly Part[]): Range | null {
  const sorted = parts.map(({ price }) => price).sort((one, other) => (one < other ? -1 : 1));
  const [least, most] = [sorted[0], sorted.at(-1)];
  return least === undefined || most === undefined ? null : { least, most };
}

function toPico(text: string): PicoUsd {
  return parsePrice(text) ?? 0n;
}
