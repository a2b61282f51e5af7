import {
  type Documents,
  type StoreTrouble,
  StoreUnavailable,
  type Transaction,
  type Version,
  type Write,
} from '../../core/store/documents.ts';

/** `probes/{instance}`: written to see whether anything can be. */
export const PROBES = 'probes';
/** So long one look at the store is good for everybody who asks. Milliseconds. */
export const LOOK_MS = 1_000;
/** Whoever asks how the store is waits no longer than this for its answer. */
export const LOOK_LIMIT_MS = 1_500;
/** After the store has come back, leases that expired meanwhile are left to their own instances for so long. */
export const PATIENCE_MS = 10_000;

/** What stands against writing to the store. `slow`: it did not answer in time. */
export interface StoreClosed {
  trouble: StoreTrouble | 'slow' | 'unreachable';
  /** Which store: a file's path, a database's name. */
  place: string;
}

/** Whether the store can be written to. */
export interface StoreGate {
  /** As this instance last saw it; null where nothing stands against it. From memory: asked for each request. */
  closed(): StoreClosed | null;
  /** Looks now, by writing something that nobody reads; at most once in `LOOK_MS`, whoever asks. */
  look(): Promise<StoreClosed | null>;
  /**
   * What is done each second: a store that was closed is looked at, and one that only serves reads is noticed when it was taken
   * away, which no read says.
   */
  check(): Promise<StoreClosed | null>;
  /** Whether it was closed until a moment ago, so that others may not have had time to say that they are alive. */
  isJustBack(): boolean;
}

export interface WatchPorts {
  /** Unique for each start of a process. */
  instanceId: string;
  /** Monotonic milliseconds. */
  monotonic(): number;
  pause(milliseconds: number): Promise<unknown>;
  /** Hears of each change, null where the store can be used again. */
  onChange(closed: StoreClosed | null): void;
}

/** The same store, with a gate that closes when a write fails for a reason that concerns all of them. */
export function watchDocuments(documents: Documents, ports: WatchPorts): { documents: Documents; gate: StoreGate } {
  const { monotonic, pause, instanceId } = ports;
  let state: StoreClosed | null = null;
  let backAt = Number.NEGATIVE_INFINITY;
  let looked: { at: number; result: Promise<StoreClosed | null> } | null = null;

  function set(next: StoreClosed | null): void {
    if (next?.trouble === state?.trouble) return;
    if (next === null) backAt = monotonic();
    state = next;
    ports.onChange(next);
  }

  function heed(error: unknown): void {
    if (error instanceof StoreUnavailable && error.trouble !== null)
      set({ trouble: error.trouble, place: documents.place });
  }

  async function commit(writes: readonly Write[]): Promise<Version | null> {
    try {
      const version = await documents.commit(writes);
      set(null);
      return version;
    } catch (error) {
      heed(error);
      throw error;
    }
  }

  /** What only reads says nothing of writing, unless it fails. */
  async function transaction<T>(body: (tx: Transaction) => Promise<T>): Promise<T> {
    let writes = false;
    const watched = (tx: Transaction) =>
      body({
        get: (collection, id) => tx.get(collection, id),
        readAt: () => tx.readAt(),
        write(write) {
          writes = true;
          tx.write(write);
        },
      });
    try {
      const result = await documents.transaction(watched);
      if (writes) set(null);
      return result;
    } catch (error) {
      heed(error);
      throw error;
    }
  }

  async function probe(): Promise<StoreClosed | null> {
    const data = { instance_id: instanceId };
    const { place } = documents;
    const outcome = commit([{ kind: 'set', collection: PROBES, id: instanceId, data, expect: 'any' }]).then(
      () => null,
      (error): StoreClosed => {
        const trouble = error instanceof StoreUnavailable ? error.trouble : null;
        return { trouble: trouble ?? 'unreachable', place };
      },
    );
    const late = pause(LOOK_LIMIT_MS).then((): StoreClosed => ({ trouble: 'slow', place }));
    return Promise.race([outcome, late]);
  }

  function look(): Promise<StoreClosed | null> {
    if (looked === null || monotonic() - looked.at >= LOOK_MS) looked = { at: monotonic(), result: probe() };
    return looked.result;
  }

  return {
    documents: {
      place: documents.place,
      get: (collection, id) => documents.get(collection, id),
      query: (query) => documents.query(query),
      listen: (query, onChanges, onError) => documents.listen(query, onChanges, onError),
      now: () => documents.now(),
      close: () => documents.close(),
      commit,
      transaction,
    },
    gate: {
      closed: () => state,
      look,
      async check() {
        const trouble = documents.check?.() ?? null;
        if (trouble !== null) set({ trouble, place: documents.place });
        return state === null ? null : look();
      },
      isJustBack: () => monotonic() - backAt < PATIENCE_MS,
    },
  };
}
