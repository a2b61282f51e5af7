import {
  type Change,
  type Document,
  type Documents,
  ExpectationFailed,
  type Query,
  StoreUnavailable,
  type Transaction,
  type Version,
  type Write,
} from '../../functions/core/store/documents.ts';
import { ReadTime } from '../../functions/core/store/read-time.ts';
import { decodeDocument, encodeDocument, normalizeFields } from '../../functions/platform/documents/encode-document.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

/** How long the store takes, least and most. Milliseconds. */
export const READ_MS = [3, 10] as const;
export const WRITE_MS = [5, 20] as const;
export const LISTENER_MS = [10, 100] as const;
/** A transaction that was overtaken begins again after so long, times the number of its runs. */
const RETRY_MS = [10, 50] as const;
/** Firestore's client tries as often. */
const MAX_RUNS = 5;

interface Stored {
  version: number;
  data: string;
}

/** One store that many instances share, each by a connection of its own. */
export interface SimulatedStore {
  connect(): Documents;
}

/** Documents in memory, in simulated time, with the delays of a store in the same region. Queries are of whole collections. */
export function createSimulatedStore(timeline: Timeline, random: Random, unixTime: () => number): SimulatedStore {
  const collections = new Map<string, Map<string, Stored>>();
  const listeners = new Set<(collection: string, changes: Change[]) => void>();
  let versions = 0;

  const wait = ([least, most]: readonly [number, number]) => timeline.pause(random.between(least, most));

  function collectionOf(name: string): Map<string, Stored> {
    const known = collections.get(name) ?? new Map<string, Stored>();
    collections.set(name, known);
    return known;
  }

  function read(collection: string, id: string): Document | null {
    const stored = collectionOf(collection).get(id);
    return stored === undefined ? null : { id, version: String(stored.version), data: decodeDocument(stored.data) };
  }

  function readAll({ collection, where, orderBy }: Query): Document[] {
    if (where !== undefined || orderBy !== undefined) throw new Error('Only whole collections are simulated.');
    return [...collectionOf(collection).keys()].map((id) => read(collection, id) as Document);
  }

  function apply(writes: readonly Write[]): Version {
    for (const { collection, id, expect } of writes) {
      const version = collectionOf(collection).get(id)?.version;
      const holds =
        expect === 'any' ||
        ((expect === 'absent' ? version === undefined : version !== undefined) &&
          (typeof expect !== 'object' || String(version) === expect.version));
      if (!holds) throw new ExpectationFailed(`${collection}/${id} is not as expected.`);
    }
    versions++;
    const changes = new Map<string, Change[]>();
    for (const write of writes) {
      const { collection, id } = write;
      const before = read(collection, id);
      if (write.kind === 'delete') collectionOf(collection).delete(id);
      else {
        const data = write.kind === 'update' ? { ...before?.data, ...write.data } : write.data;
        collectionOf(collection).set(id, { version: versions, data: encodeDocument(normalizeFields(data)) });
      }
      const document = write.kind === 'delete' ? before : read(collection, id);
      const kind = write.kind === 'delete' ? 'delete' : 'set';
      if (document !== null) changes.set(collection, [...(changes.get(collection) ?? []), { kind, document }]);
    }
    for (const [collection, some] of changes) for (const listener of listeners) listener(collection, some);
    return String(versions);
  }

  /** Optimistic: what was read has to be as it was at the end. */
  async function runOnce<T>(body: (transaction: Transaction) => Promise<T>): Promise<{ result: T } | null> {
    const reads = new Map<string, { collection: string; id: string; document: Document | null }>();
    const writes: Write[] = [];
    const readTime = new ReadTime();
    const result = await body({
      async get(collection, id) {
        await wait(READ_MS);
        readTime.note(unixTime());
        const document = read(collection, id);
        reads.set(`${collection}/${id}`, { collection, id, document });
        return document;
      },
      readAt: readTime.readAt,
      write: (write) => {
        writes.push(write);
      },
    });
    if (writes.length === 0) return { result };
    await wait(WRITE_MS);
    for (const { collection, id, document } of reads.values()) {
      if (read(collection, id)?.version !== document?.version) return null;
    }
    apply(writes);
    return { result };
  }

  return {
    connect: () => ({
      place: 'simulated',
      async get(collection, id) {
        await wait(READ_MS);
        return read(collection, id);
      },
      async query(query) {
        await wait(READ_MS);
        return readAll(query);
      },
      listen(query, onChanges) {
        let open = true;
        /** When the last message arrives: none overtakes another. */
        let lastAt = 0;
        const send = (changes: Change[]) => {
          lastAt = Math.max(lastAt, timeline.now() + random.between(...LISTENER_MS));
          timeline.at(lastAt, () => {
            if (open) onChanges(changes);
          });
        };
        const listener = (collection: string, changes: Change[]) => {
          if (collection === query.collection) send(changes);
        };
        listeners.add(listener);
        send(readAll(query).map((document) => ({ kind: 'set', document })));
        return () => {
          open = false;
          listeners.delete(listener);
        };
      },
      async transaction(body) {
        for (let run = 1; run <= MAX_RUNS; run++) {
          const done = await runOnce(body);
          if (done !== null) return done.result;
          await timeline.pause(random.between(...RETRY_MS) * run);
        }
        throw new StoreUnavailable('A transaction was overtaken again and again.');
      },
      async commit(writes) {
        await wait(WRITE_MS);
        return apply(writes);
      },
      async now() {
        await wait(READ_MS);
        return unixTime();
      },
      async close() {},
    }),
  };
}
