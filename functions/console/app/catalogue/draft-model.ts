import type { EndpointEntry, LayeredModel, ModelEntry, OnePrice } from './replies.ts';

/** Prices that can be changed here, in dollars for a million tokens; of `request` for a million requests. */
export const priceParts = [
  ['input', 'Input'],
  ['output', 'Output'],
  ['cache_read', 'Read from a cache'],
  ['cache_write', 'Write to a cache'],
  ['request', 'A million requests'],
] as const;

/** One place where a model is served, or may be: what is made of it, and whether it is switched on. */
export interface Place {
  /** Which one it is: a provider and its name of the model. */
  name: string;
  entry: EndpointEntry;
  isOn: boolean;
}

/** All places that any layer knows of, those that are served first. */
export function placesOf({ layers, effective }: LayeredModel): Place[] {
  const served = effective?.endpoints ?? [];
  const known = layers.flatMap(({ entry }) => entry?.endpoints ?? []);
  const places = new Map(served.map((entry) => [nameOf(entry), { name: nameOf(entry), entry, isOn: true }]));
  // The last layer that says something of a place says what it would be.
  for (const entry of known.reverse()) {
    const name = nameOf(entry);
    if (!places.has(name)) places.set(name, { name, entry, isOn: false });
  }
  return [...places.values()];
}

export function nameOf({ provider, model }: EndpointEntry): string {
  return `${provider}/${model}`;
}

/** What stands for a price in a form; null where it is by dates, which a form has no room for. */
export function priceText({ price }: EndpointEntry, part: string): string | null {
  if (Array.isArray(price)) return null;
  const text = price[part];
  return typeof text === 'string' ? text : '';
}

/** A place with another price; a part that is empty costs what its total costs. */
export function withPrice(place: Place, part: string, text: string): Place {
  const { price } = place.entry;
  if (Array.isArray(price)) return place;
  const { [part]: _, ...others } = price;
  const changed: OnePrice = text === '' ? others : { ...others, [part]: text };
  return { ...place, entry: { ...place.entry, price: changed } };
}

/**
 * What is put over the API so that a model is served at these places: what was put of it before, with another list of endpoints;
 * null, which takes the model away, where none is left. `isMeant`: that prices are meant which look like slips.
 */
export function toDraft({ layers }: LayeredModel, places: readonly Place[], isMeant: boolean): ModelEntry | null {
  const put = layers.find(({ layer }) => layer === 'api')?.entry ?? {};
  const endpoints = places.filter(({ isOn }) => isOn).map(({ entry }) => (isMeant ? confirmed(entry) : entry));
  return endpoints.length === 0 ? null : { ...put, endpoints };
}

function confirmed(entry: EndpointEntry): EndpointEntry {
  return Array.isArray(entry.price) ? entry : { ...entry, price: { ...entry.price, confirm: true } };
}
