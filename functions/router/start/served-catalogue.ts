import { type Catalogue, withAvailableSecrets } from '../../catalogue/catalogue.ts';
import type { CachedSecrets } from '../../platform/secrets/cached-secrets.ts';

export interface ServedCatalogueOptions {
  /** Everything that could be served. */
  catalogue: Catalogue;
  secrets: Pick<CachedSecrets, 'get'>;
  /** Whether Google's application default credentials may be used. */
  googleDefault: boolean;
}

/** What is served: the endpoints whose credentials are there. */
export interface ServedCatalogue {
  current(): Catalogue;
  /** Looks for credentials that were added, changed or taken away. */
  refresh(): Promise<void>;
}

export async function createServedCatalogue(options: ServedCatalogueOptions): Promise<ServedCatalogue> {
  let served = await findServed(options);
  return {
    current: () => served,
    async refresh() {
      const found = await findServed(options);
      if (found.version !== served.version) served = found;
    },
  };
}

async function findServed({ catalogue, secrets, googleDefault }: ServedCatalogueOptions): Promise<Catalogue> {
  const names = catalogue.secretNames();
  const found = await Promise.all(names.map(async (name) => ((await secrets.get(name)) === null ? [] : [name])));
  return withAvailableSecrets(catalogue, new Set(found.flat()), { googleDefault });
}
