import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { LivingCatalogue } from '../../catalogue/layers.ts';
import { withOwnKeys } from '../../catalogue/own-endpoints.ts';
import type { OwnKeyFee } from '../../core/money/own-key-fee.ts';
import type { ProviderKey } from '../../core/provider-keys/provider-key.ts';

/**
 * The catalogue as the owner of keys for providers has it: made once for each list of keys and each catalogue, and forgotten with
 * the list. Who has no such keys has the one that is served.
 */
export function createOwnCatalogues({ current, whole }: Pick<LivingCatalogue, 'current' | 'whole'>, fee: OwnKeyFee) {
  const made = new WeakMap<readonly ProviderKey[], { served: Catalogue; own: Catalogue }>();
  return ({ providerKeys }: { providerKeys: readonly ProviderKey[] }): Catalogue => {
    const served = current();
    if (providerKeys.length === 0) return served;
    const known = made.get(providerKeys);
    if (known?.served === served) return known.own;
    const own = withOwnKeys(served, whole(), providerKeys, fee);
    made.set(providerKeys, { served, own });
    return own;
  };
}
