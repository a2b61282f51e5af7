import type { Documents, Write } from '../../functions/core/store/documents.ts';
import { encodeDocument, normalizeFields } from '../../functions/platform/documents/encode-document.ts';

/** What Firestore would bill for, and how often the store was called. */
export interface Operations {
  writes: number;
  deletes: number;
  /** Documents read; a query that finds none is one. */
  reads: number;
  /** Commits, transactions and reads outside of one; those of one turn go together. */
  calls: number;
  /** Of those calls the ones that wrote something. */
  commits: number;
  /** Of what is written, as SQLite has it. */
  bytes: number;
}

export interface Counted {
  documents: Documents;
  /** What was done since this was last asked. */
  take(): Operations;
}

/** The names of what is counted, in the order in which they are shown. */
export const operationNames = ['writes', 'deletes', 'reads', 'calls', 'commits', 'bytes'] as const;

const nothing = (): Operations => ({ writes: 0, deletes: 0, reads: 0, calls: 0, commits: 0, bytes: 0 });

/** Counts what is done to some collections of a store. What a transaction did is counted by its last run. */
export function countOperations(inner: Documents, collections: ReadonlySet<string>): Counted {
  let operations = nothing();
  let isReading = false;
  const counts = ({ collection }: { collection: string }) => collections.has(collection);
  const add = (more: Operations) => {
    for (const name of operationNames) operations[name] += more[name];
  };
  const ofWrites = (writes: readonly Write[]): Operations => {
    const own = writes.filter(counts);
    const written = own.flatMap((write) =>
      write.kind === 'delete' ? [] : [encodeDocument(normalizeFields(write.data))],
    );
    const bytes = written.reduce((sum, json) => sum + Buffer.byteLength(json), 0);
    return {
      writes: written.length,
      deletes: own.length - written.length,
      reads: 0,
      calls: 0,
      commits: own.length > 0 ? 1 : 0,
      bytes,
    };
  };
  const documents: Documents = {
    place: inner.place,
    now: () => inner.now(),
    close: () => inner.close(),
    listen: (query, onChanges, onError) => inner.listen(query, onChanges, onError),
    async get(collection, id) {
      if (counts({ collection })) {
        add({ ...nothing(), reads: 1, calls: isReading ? 0 : 1 });
        isReading = true;
        queueMicrotask(() => {
          isReading = false;
        });
      }
      return inner.get(collection, id);
    },
    async query(query) {
      const found = await inner.query(query);
      if (counts(query)) add({ ...nothing(), reads: Math.max(1, found.length), calls: 1 });
      return found;
    },
    async transaction(body) {
      let reads = 0;
      let writes: Write[] = [];
      const result = await inner.transaction((tx) => {
        reads = 0;
        writes = [];
        return body({
          get(collection, id) {
            if (counts({ collection })) reads++;
            return tx.get(collection, id);
          },
          readAt: () => tx.readAt(),
          write(write) {
            writes.push(write);
            tx.write(write);
          },
        });
      });
      if (reads > 0 || writes.some(counts)) add({ ...ofWrites(writes), reads, calls: 1 });
      return result;
    },
    async commit(writes) {
      if (writes.some(counts)) add({ ...ofWrites(writes), calls: 1 });
      return inner.commit(writes);
    },
  };
  return {
    documents,
    take() {
      const taken = operations;
      operations = nothing();
      return taken;
    },
  };
}
