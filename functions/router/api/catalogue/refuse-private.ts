import type { Catalogue } from '../../../catalogue/catalogue.ts';
import type { CatalogueFile } from '../../../catalogue/catalogue-file.ts';
import { eachChecked, mistake } from '../../../catalogue/mistakes.ts';
import { isPrivateLiteral } from '../../../platform/upstream/outside-address.ts';

/** What comes of all layers, and the API's own, which may name providers that no model uses yet. */
export interface Said {
  catalogue: Catalogue;
  file: CatalogueFile;
}

/**
 * Refuses what a change of the API's layer would have us ask without TLS or at a private address: whoever may change the catalogue
 * may not look into our network. Names are looked up later, with each connection. What was there `before` stands against no
 * change, so that what an operator allowed once can be taken back piece by piece. Throws all mistakes.
 */
export function refusePrivatePlaces(after: Said, before: Said, allowPrivate: boolean): void {
  if (allowPrivate) return;
  const known = new Set(placesIn(before).map(keyOf));
  eachChecked(
    placesIn(after).filter((place) => !known.has(keyOf(place))),
    ({ path, id, url }) => {
      if (new URL(url).protocol !== 'https:') throw mistake(path, `${id} must be at an https URL`);
      if (isPrivateLiteral(url)) throw mistake(path, `${id} must not be at a private address`);
    },
  );
}

interface Place {
  path: string[];
  id: string;
  url: string;
}

function keyOf(place: Place): string {
  return JSON.stringify([place.path, place.id, place.url]);
}

function placesIn({ catalogue, file }: Said): Place[] {
  const named = [...catalogue.models.values()]
    .flatMap(({ endpoints }) => endpoints)
    .filter(({ outside }) => outside === true)
    .flatMap(({ modelId, id, url, streamUrl }) =>
      [...new Set([url, streamUrl])].map((each) => ({ path: ['models', modelId, 'endpoints'], id, url: each })),
    );
  return [...providersIn(file), ...named];
}

/** Where providers are said to be, but for what variables decide and what is answered in process. */
function providersIn({ providers = {} }: CatalogueFile): Place[] {
  return Object.entries(providers).flatMap(([id, entry]) => {
    const url = entry?.base_url;
    if (url === undefined || url.includes('{') || url.startsWith('echo:')) return [];
    return [{ path: ['providers', id, 'base_url'], id, url }];
  });
}
