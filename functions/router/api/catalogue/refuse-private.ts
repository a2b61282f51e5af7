import type { Catalogue } from '../../../catalogue/catalogue.ts';
import { eachChecked, mistake } from '../../../catalogue/mistakes.ts';
import { isPrivateLiteral } from '../../../platform/upstream/outside-address.ts';

/**
 * Refuses what the API's layer would have us ask without TLS or at a private address: whoever may change the catalogue may not look
 * into our network. Names are looked up later, with each connection. Throws all mistakes.
 */
export function refusePrivatePlaces(catalogue: Catalogue, allowPrivate: boolean): void {
  if (allowPrivate) return;
  const named = [...catalogue.models.values()]
    .flatMap(({ endpoints }) => endpoints)
    .filter(({ outside }) => outside === true);
  eachChecked(named, ({ modelId, id, url, streamUrl }) => {
    for (const each of [url, streamUrl]) {
      const path = ['models', modelId, 'endpoints'];
      if (new URL(each).protocol !== 'https:') throw mistake(path, `${id} must be at an https URL`);
      if (isPrivateLiteral(each)) throw mistake(path, `${id} must not be at a private address`);
    }
  });
}
