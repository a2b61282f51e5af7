import type { Catalogue } from '../../../catalogue/catalogue.ts';
import type { CatalogueFile } from '../../../catalogue/catalogue-file.ts';
import { eachChecked, mistake } from '../../../catalogue/mistakes.ts';
import { isPrivateLiteral } from '../../../platform/upstream/outside-address.ts';

/**
 * Refuses what the API's layer would have us ask without TLS or at a private address: whoever may change the catalogue may not look
 * into our network. `catalogue` is what comes of all layers; of `file`, the API's, also the providers that no model uses yet. Names are
 * looked up later, with each connection. Throws all mistakes.
 */
export function refusePrivatePlaces(catalogue: Catalogue, file: CatalogueFile, allowPrivate: boolean): void {
  if (allowPrivate) return;
  const named = [...catalogue.models.values()]
    .flatMap(({ endpoints }) => endpoints)
    .filter(({ outside }) => outside === true)
    .flatMap(({ modelId, id, url, streamUrl }) => {
      const path = ['models', modelId, 'endpoints'];
      return [...new Set([url, streamUrl])].map((each) => ({ path, id, url: each }));
    });
  eachChecked([...providersIn(file), ...named], ({ path, id, url }) => {
    if (new URL(url).protocol !== 'https:') throw mistake(path, `${id} must be at an https URL`);
    if (isPrivateLiteral(url)) throw mistake(path, `${id} must not be at a private address`);
  });
}

/** Where providers are said to be, but for what variables decide and what is answered in process. */
function providersIn({ providers = {} }: CatalogueFile) {
  return Object.entries(providers).flatMap(([id, entry]) => {
    const url = entry?.base_url;
    if (url === undefined || url.includes('{') || url.startsWith('echo:')) return [];
    return [{ path: ['providers', id, 'base_url'], id, url }];
  });
}
