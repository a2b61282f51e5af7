import type { Documents } from '../../core/store/documents.ts';
import { NewerStore, STORE_VERSION } from '../../core/store/store-version.ts';

/** One document, `store/version`: the newest form that was ever written here. SQLite's stands in its file's header. */
export const STORE = 'store';
export const VERSION = 'version';

/**
 * A database that is looked at once, before it is first used. One of a newer version is refused then and ever after (`NewerStore`);
 * one of an older is ours from there on, so that older versions refuse it. What those wrote is read as it is.
 */
export function guardVersion(inner: Documents): Documents {
  let looked: Promise<void> | null = null;
  let isOurs = false;

  async function look(): Promise<void> {
    const document = await inner.get(STORE, VERSION);
    const found = Number(document?.data.schema ?? 0);
    if (found > STORE_VERSION) throw new NewerStore(inner.place, 'database', found);
    if (found < STORE_VERSION) {
      const expect = document === null ? 'absent' : { version: document.version };
      const data = { schema: BigInt(STORE_VERSION) };
      // Who may only read, or comes second, leaves it as it is.
      await inner.commit([{ kind: 'set', collection: STORE, id: VERSION, data, expect }]).catch(() => {});
    }
    isOurs = true;
  }

  /** Does it at once, once the database is known; what is not known for want of the store is asked again. */
  function first<T>(act: () => Promise<T>): Promise<T> {
    if (isOurs) return act();
    looked ??= look().catch((error) => {
      if (!(error instanceof NewerStore)) looked = null;
      throw error;
    });
    return looked.then(act);
  }

  return {
    ...inner,
    get: (collection, id) => first(() => inner.get(collection, id)),
    query: (query) => first(() => inner.query(query)),
    transaction: (body) => first(() => inner.transaction(body)),
    commit: (writes) => first(() => inner.commit(writes)),
  };
}
