import type { CatalogueFile, EndpointEntry } from '../../functions/catalogue/catalogue-file.ts';
import { type OnePriceEntry, type PriceEntry, pricesOf } from '../../functions/catalogue/price-entry.ts';

/** What another file changes, a line each: endpoints that come and go, prices and days of retirement as old → new. */
export function describeChanges(before: CatalogueFile, after: CatalogueFile): string[] {
  const [old, now] = [endpointsOf(before), endpointsOf(after)];
  const gone = [...old.keys()].filter((name) => !now.has(name)).map((name) => `- ${name}`);
  const others = [...now].flatMap(([name, endpoint]) => {
    const known = old.get(name);
    if (known === undefined) return [`+ ${name}: ${describePrices(endpoint.price)}${retirement(endpoint)}`];
    return changed(name, known, endpoint);
  });
  return [...gone, ...others];
}

function changed(name: string, old: EndpointEntry, now: EndpointEntry): string[] {
  const { price: oldPrice, retires_at: oldDay, ...oldRest } = old;
  const { price, retires_at: day, ...rest } = now;
  const lines: string[] = [];
  const [from, to] = [describePrices(oldPrice), describePrices(price)];
  if (from !== to) lines.push(`~ ${name}: ${from} → ${to}`);
  if (oldDay !== day) lines.push(`~ ${name}: retires ${oldDay ?? 'never'} → ${day ?? 'never'}`);
  if (JSON.stringify(oldRest) !== JSON.stringify(rest)) lines.push(`~ ${name}: served in another way`);
  return lines;
}

function endpointsOf(file: CatalogueFile): Map<string, EndpointEntry> {
  return new Map(
    Object.entries(file.models ?? {}).flatMap(([id, entry]) =>
      (entry?.endpoints ?? []).map(
        (endpoint) => [`${id} at ${endpoint.provider}/${endpoint.model}`, endpoint] as const,
      ),
    ),
  );
}

function retirement({ retires_at }: EndpointEntry): string {
  return retires_at == null ? '' : `, retires ${retires_at}`;
}

function describePrices(entry: PriceEntry): string {
  return pricesOf(entry, [])
    .map(({ price }) => describePrice(price))
    .join('; ');
}

/** `input 2.5, output 15; above 272000: input 5, output 22.5; from 2027-01-01` */
export function describePrice({ tiers = [], from, until, confirm: _, ...parts }: OnePriceEntry): string {
  return [
    describeParts(parts),
    ...tiers.map(({ above_input_tokens, ...tier }) => `above ${above_input_tokens}: ${describeParts(tier)}`),
    ...(from === undefined ? [] : [`from ${from}`]),
    ...(until === undefined ? [] : [`until ${until}`]),
  ].join(' | ');
}

function describeParts(parts: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(parts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, price]) => `${name} ${price}`)
    .join(', ');
}
