import type { CatalogueFile } from '../../functions/catalogue/catalogue-file.ts';
import { agree, choosePrice, priceOn } from './choose-price.ts';
import { describePrice } from './describe-changes.ts';
import { findPackagePrice } from './find-package-price.ts';
import type { ListedModel } from './listed-model.ts';

/**
 * What the sources say of the endpoints that are held by hand, where our files say something else: lines for whoever decides. Nothing
 * here changes a file.
 */
export function compareHandHeld(hand: readonly CatalogueFile[], list: readonly ListedModel[], today: string): string[] {
  const listed = new Map(list.map((one) => [`${one.provider}/${one.model}`, one]));
  const at = Date.parse(today);
  return hand
    .flatMap((file) => Object.entries(file.models ?? {}))
    .flatMap(([id, entry]) => (entry?.endpoints ?? []).map((endpoint) => ({ id, entry, endpoint })))
    .flatMap(({ id, entry, endpoint }) => {
      const name = `${endpoint.provider}/${endpoint.model}`;
      const one = listed.get(name);
      const ofPackage = findPackagePrice(endpoint.provider, endpoint.model)?.found ?? null;
      const lines: string[] = [];
      const found = one?.found ?? ofPackage;
      const chosen = found === null ? null : choosePrice(ofPackage, found, at);
      const [ours, theirs] = [
        priceOn(endpoint.price, at),
        chosen !== null && 'price' in chosen ? priceOn(chosen.price, at) : null,
      ];
      if (ours !== null && theirs !== null && !agree(ours, theirs)) {
        const where =
          one === undefined ? 'package' : chosen !== null && 'differs' in chosen && chosen.differs ? 'list' : 'both';
        lines.push(`${id} at ${name}: ${describePrice(ours)} → ${describePrice(theirs)} (${where})`);
      }
      const retires = endpoint.retires_at === undefined ? entry?.retires_at : endpoint.retires_at;
      if (one?.retires_at !== undefined && one.retires_at !== retires) {
        lines.push(`${id} at ${name}: retires ${retires ?? 'never'} → ${one.retires_at} (list)`);
      }
      return lines;
    });
}
