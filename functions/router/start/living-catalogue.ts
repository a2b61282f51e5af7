import { readApiLayer } from '../../catalogue/api-layer.ts';
import type { CatalogueFile } from '../../catalogue/catalogue-file.ts';
import type { LayerName, LivingCatalogue } from '../../catalogue/layers.ts';
import { type Mistake, mistakesOf } from '../../catalogue/mistakes.ts';
import type { Variables } from '../../catalogue/resolve-url.ts';
import { createTurns } from '../../core/in-turn.ts';
import type { Documents } from '../../core/store/documents.ts';
import type { Log } from '../../platform/log.ts';
import type { CachedSecrets } from '../../platform/secrets/cached-secrets.ts';
import type { Changes } from '../access/change-feed.ts';
import { createServedCatalogue } from './served-catalogue.ts';
import { watchCatalogueFile } from './watch-catalogue-file.ts';

/** How often it is looked whether the operator's file has changed, and a change is tried again that could not be read. */
export const CATALOGUE_CHECK_MS = 1_000;

/** Where a router's catalogue comes from, beside its store. */
export interface CatalogueSource {
  builtin: readonly CatalogueFile[];
  /** The operator's file; null for none. */
  path: string | null;
  /** Values for `{name}` from outside, such as the project. */
  vars: Variables;
}

export interface LivingCatalogueOptions {
  source: CatalogueSource;
  documents: Documents;
  secrets: Pick<CachedSecrets, 'get'>;
  googleDefault: boolean;
  now(): number;
  log: Log;
}

export interface RunningCatalogue extends LivingCatalogue {
  /** Looks for credentials that were added, changed or taken away. */
  refreshSecrets(): Promise<void>;
  /** Looks whether anything changed. */
  tick(): Promise<void>;
}

/**
 * The catalogue that changes while it is served: the operator's file as it is written, the API's layer as it is heard of, prices as
 * their days come. A layer that is not valid changes nothing; it is told once in the log, and served as soon as it is valid.
 * Throws at the start what is wrong then: an instance that knew half of its prices would charge others.
 */
export async function openLivingCatalogue(options: LivingCatalogueOptions): Promise<RunningCatalogue> {
  const { source, documents, log } = options;
  const watched = watchCatalogueFile(source.path);
  const inTurn = createTurns<'change'>();
  const served = await createServedCatalogue({
    ...options,
    layers: { builtin: source.builtin, file: (await watched.look()) ?? {}, api: await readApiLayer(documents) },
    vars: source.vars,
  });
  /** What lies before us and is not served yet, since it could not be or is not valid. */
  const waiting = new Map<LayerName, { layer: unknown; refused: boolean }>();
  const faults = new Map<LayerName, string>();
  let heard = false;

  /** Reads a layer, where it has changed, and serves what waits. */
  async function take(name: LayerName, read: () => Promise<unknown>): Promise<void> {
    try {
      const layer = await read();
      if (layer !== null) waiting.set(name, { layer, refused: false });
      await serve(name);
    } catch (thrown) {
      tell(name, mistakesOf(thrown));
    }
  }

  async function serve(name: LayerName): Promise<void> {
    const next = waiting.get(name);
    if (next === undefined || next.refused) return;
    try {
      await served.replace({ [name]: next.layer });
    } catch (thrown) {
      next.refused = mistakesOf(thrown).length > 0;
      throw thrown;
    }
    waiting.delete(name);
    faults.delete(name);
    // What another layer stood against may be valid now.
    for (const other of waiting.values()) other.refused = false;
    const { version, models } = served.current();
    log.info('the catalogue changed', { code: 'catalogue_changed', layer: name, version, models: models.size });
  }

  function tell(layer: LayerName, mistakes: readonly Mistake[]): void {
    const [first] = mistakes;
    const reason = `${first?.path}: ${first?.message}`;
    if (faults.get(layer) === reason) return;
    faults.set(layer, reason);
    log.error('a layer of the catalogue is not valid, the one before it stays', {
      code: 'catalogue_invalid',
      layer,
      reason,
      mistakes: mistakes.length,
    });
  }

  const readApi = async () => {
    heard = false;
    try {
      const found = await readApiLayer(documents);
      if (found.version !== served.layers().api.version) return found;
      // What waited has been taken back.
      waiting.delete('api');
      faults.delete('api');
      return null;
    } catch (thrown) {
      heard = true;
      throw thrown;
    }
  };
  const refresh = () => inTurn('change', () => take('api', readApi));

  return {
    current: served.current,
    whole: served.whole,
    layers: served.layers,
    compose: (some) => served.compose({ ...served.layers(), ...some }),
    available: served.available,
    refresh,
    invalid: () => [...faults.keys()],
    refreshSecrets: served.refresh,
    async tick() {
      served.current();
      await inTurn('change', () => take('file', () => watched.look()));
      await inTurn('change', () => take('api', heard ? readApi : async () => null));
    },
  };
}

/** Has every instance serve a change of the API's layer as soon as it hears of it. */
export function heedCatalogue(changes: Pick<Changes, 'subscribe'>, refresh: () => void): void {
  changes.subscribe(({ act }) => {
    if (String(act).startsWith('catalogue.')) refresh();
  }, refresh);
}
