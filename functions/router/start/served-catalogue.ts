import { type Catalogue, withAvailableSecrets } from '../../catalogue/catalogue.ts';
import { type Layers, layCatalogue } from '../../catalogue/layers.ts';
import type { Variables } from '../../catalogue/resolve-url.ts';
import { createTurns } from '../../core/in-turn.ts';
import type { CachedSecrets } from '../../platform/secrets/cached-secrets.ts';

export interface ServedCatalogueOptions {
  layers: Layers;
  /** Values for `{name}` from outside the layers, such as the project. */
  vars: Variables;
  secrets: Pick<CachedSecrets, 'get'>;
  /** Whether Google's application default credentials may be used. */
  googleDefault: boolean;
  /** Unix milliseconds: the time that money goes by. */
  now(): number;
}

/**
 * What is served: the endpoints whose credentials are there, at the prices of the moment. Whatever changes, another catalogue
 * takes the place of the one before; who has that goes on with it.
 */
export interface ServedCatalogue {
  current(): Catalogue;
  /** The same with the endpoints whose credentials are missing. */
  whole(): Catalogue;
  layers(): Layers;
  /** What layers would make, credentials or not. Throws all their mistakes. */
  compose(layers: Layers): Catalogue;
  /** The part of a catalogue that there are credentials for. */
  available(catalogue: Catalogue): Promise<Catalogue>;
  /** Serves other layers in place of those it names. Throws all their mistakes, and then serves what it did. */
  replace(some: Partial<Layers>): Promise<void>;
  /** Looks for credentials that were added, changed or taken away. */
  refresh(): Promise<void>;
}

export async function createServedCatalogue(options: ServedCatalogueOptions): Promise<ServedCatalogue> {
  const { vars, secrets, googleDefault, now } = options;
  const inTurn = createTurns<'change'>();
  const compose = (some: Layers) => layCatalogue(some, { vars, at: now() });
  let layers = options.layers;
  let whole = compose(layers);
  let names = await findSecrets(whole);
  let served = withAvailableSecrets(whole, names, { googleDefault });

  async function findSecrets(catalogue: Catalogue): Promise<ReadonlySet<string>> {
    const wanted = catalogue.secretNames();
    const found = await Promise.all(wanted.map(async (name) => ((await secrets.get(name)) === null ? [] : [name])));
    return new Set(found.flat());
  }

  function serve(): void {
    const next = withAvailableSecrets(whole, names, { googleDefault });
    if (next.version !== served.version || next.holdsUntil !== served.holdsUntil) served = next;
  }

  return {
    current() {
      if (now() >= served.holdsUntil) {
        // The same layers were valid at any moment, so this cannot fail.
        whole = compose(layers);
        serve();
      }
      return served;
    },
    whole: () => whole,
    layers: () => layers,
    compose,
    available: async (catalogue) => withAvailableSecrets(catalogue, await findSecrets(catalogue), { googleDefault }),
    replace: (some) =>
      inTurn('change', async () => {
        const next = { ...layers, ...some };
        const found = await findSecrets(compose(next));
        // Once more, since a price may have changed meanwhile.
        whole = compose(next);
        names = found;
        layers = next;
        serve();
      }),
    refresh: () =>
      inTurn('change', async () => {
        const found = await findSecrets(whole);
        if (found.size === names.size && [...found].every((name) => names.has(name))) return;
        names = found;
        serve();
      }),
  };
}
