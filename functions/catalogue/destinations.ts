import type { CatalogueFile, EndpointEntry, ProviderEntry } from './catalogue-file.ts';

/**
 * Where requests go, and with which of our credentials: whoever says one of these can have any key of ours sent to himself.
 * Variables and regions are filled into URLs and headers, and a `path` without a slash goes on with the host's name.
 */
const telling = ['base_url', 'path', 'stream_path', 'query', 'headers', 'vars', 'regions', 'auth'] as const;

type Telling = Pick<ProviderEntry | EndpointEntry, (typeof telling)[number]>;

/** Whether an entry says anything of where requests go. */
export function tellsWhere(entry: Telling | null | undefined): boolean {
  return entry != null && telling.some((name) => entry[name] !== undefined);
}

/** Whether two files say the same of where our credentials go. */
export function sameDestinations(one: CatalogueFile, other: CatalogueFile): boolean {
  return destinationsOf(one) === destinationsOf(other);
}

/** As text: of each provider, and of each endpoint with its provider, what tells. */
function destinationsOf({ providers = {}, models = {} }: CatalogueFile): string {
  const ofProviders = Object.entries(providers).map(([id, entry]) => [id, entry === null ? {} : pick(entry)]);
  const ofEndpoints = Object.entries(models).flatMap(([id, entry]) =>
    (entry?.endpoints ?? []).map((endpoint) => [[id, endpoint.provider, endpoint.model].join(' '), pick(endpoint)]),
  );
  const told = [...ofProviders, ...ofEndpoints].filter(([, fields]) => Object.keys(fields as object).length > 0);
  return JSON.stringify(told.map((each) => JSON.stringify(each)).sort());
}

function pick(entry: Telling): Partial<Telling> {
  return Object.fromEntries(telling.flatMap((name) => (entry[name] === undefined ? [] : [[name, entry[name]]])));
}
