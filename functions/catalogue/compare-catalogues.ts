import type { Endpoint } from '../core/endpoints/endpoint.ts';
import { formatPrice, type PicoUsd, type Price } from '../core/money/price.ts';
import type { Catalogue } from './catalogue.ts';

/** What another catalogue changes, as its administrators read it. Prices are USD per million tokens; null where there is none. */
export interface CatalogueDifference {
  models: { added: string[]; removed: string[]; changed: string[] };
  endpoints: EndpointChange[];
  prices: { model: string; endpoint: string; part: string; before: string | null; after: string | null }[];
}

export interface EndpointChange {
  model: string;
  endpoint: string;
  change: 'added' | 'removed' | 'changed';
  /** What is another but its price; none of one that was added or removed. */
  fields: string[];
}

/** Of a catalogue and of what takes its place, at the same moment. */
export function compareCatalogues(before: Catalogue, after: Catalogue): CatalogueDifference {
  const ids = (one: Catalogue, other: Catalogue) => [...one.models.keys()].filter((id) => !other.models.has(id));
  const pairs = pairEndpoints(before, after);
  const changed = [...after.models.values()].filter((model) => {
    const old = before.models.get(model.id);
    return old !== undefined && written(withoutEndpoints(old)) !== written(withoutEndpoints(model));
  });
  return {
    models: { added: ids(after, before), removed: ids(before, after), changed: changed.map(({ id }) => id) },
    endpoints: pairs.map(endpointChange).filter(({ change, fields }) => change !== 'changed' || fields.length > 0),
    prices: pairs.flatMap(({ model, endpoint, old, now }) =>
      old === undefined || now === undefined
        ? []
        : pricesChanged(old.price, now.price).map((change) => ({ model, endpoint, ...change })),
    ),
  };
}

interface Pair {
  model: string;
  endpoint: string;
  old: Endpoint | undefined;
  now: Endpoint | undefined;
}

/** Endpoints of both by model and id; two models may share one. */
function pairEndpoints(before: Catalogue, after: Catalogue): Pair[] {
  const pairs = new Map<string, Pair>();
  const note = (catalogue: Catalogue, side: 'old' | 'now') => {
    for (const { id: model, endpoints } of catalogue.models.values()) {
      for (const endpoint of endpoints) {
        const name = `${model} ${endpoint.id}`;
        const pair = pairs.get(name) ?? { model, endpoint: endpoint.id, old: undefined, now: undefined };
        pairs.set(name, { ...pair, [side]: endpoint });
      }
    }
  };
  note(before, 'old');
  note(after, 'now');
  return [...pairs.values()];
}

function endpointChange({ model, endpoint, old, now }: Pair): EndpointChange {
  if (old === undefined) return { model, endpoint, change: 'added', fields: [] };
  if (now === undefined) return { model, endpoint, change: 'removed', fields: [] };
  return { model, endpoint, change: 'changed', fields: fieldsChanged(old, now) };
}

function fieldsChanged(old: Endpoint, now: Endpoint): string[] {
  const names = Object.keys(now) as (keyof Endpoint)[];
  return names.filter((name) => name !== 'price' && written(old[name]) !== written(now[name]));
}

function pricesChanged(old: Price, now: Price) {
  const [before, after] = [partsOf(old), partsOf(now)];
  const parts = [...new Set([...before.keys(), ...after.keys()])];
  const told = (price: PicoUsd | undefined) => (price === undefined ? null : formatPrice(price));
  return parts
    .filter((part) => before.get(part) !== after.get(part))
    .map((part) => ({ part, before: told(before.get(part)), after: told(after.get(part)) }));
}

/** Every price by its name: `input`, `tiers[200000].input`. */
function partsOf({ tiers, ...parts }: Price): Map<string, PicoUsd> {
  return new Map([
    ...Object.entries(parts),
    ...tiers.flatMap(({ aboveInputTokens, ...tier }) =>
      Object.entries(tier).map(([part, price]) => [`tiers[${aboveInputTokens}].${part}`, price] as const),
    ),
  ]);
}

function withoutEndpoints<T extends { endpoints: unknown; capabilities: unknown }>({
  endpoints: _,
  capabilities: _of,
  ...model
}: T) {
  return model;
}

/** As text, sets and large integers too. */
function written(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'bigint') return part.toString();
    return part instanceof Set ? [...part].sort() : part;
  });
}
