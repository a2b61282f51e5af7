import {
  type Documents,
  StoreUnavailable,
  type Transaction,
  type Write,
} from '../../functions/core/store/documents.ts';

/** What was done to a store, as it bills for it: reads of runs that were overtaken too. */
export interface MeterReading {
  reads: number;
  writes: number;
  deletes: number;
  /** Transactions and commits that were tried. */
  commits: number;
  /** Of those, runs that were overtaken and begun again. */
  overtaken: number;
  /** Those that the store gave up on. */
  failed: number;
  heat: Map<string, CollectionHeat>;
}

/** How often the documents of one collection were written. */
export interface CollectionHeat {
  /** On average each of those that were written, and the one that was most. */
  mean: number;
  most: number;
  /** One of them in one second, at most. */
  peak: number;
}

export interface MeteredDocuments {
  documents: Documents;
  /** What was done since this was last asked. */
  take(): MeterReading;
}

interface Heat {
  collection: string;
  writes: number;
  second: number;
  inSecond: number;
  peak: number;
}

const nothing = () => ({ reads: 0, writes: 0, deletes: 0, commits: 0, overtaken: 0, failed: 0 });

/** Counts operations and how often each document is written. `now`: simulated milliseconds. */
export function meterDocuments(inner: Documents, now: () => number): MeteredDocuments {
  let reading = nothing();
  let heats = new Map<string, Heat>();

  function note(writes: readonly Write[]): void {
    const second = Math.floor(now() / 1_000);
    for (const { kind, collection, id } of writes) {
      if (kind === 'delete') reading.deletes++;
      else reading.writes++;
      const name = `${collection}/${id}`;
      const heat = heats.get(name) ?? { collection, writes: 0, second, inSecond: 0, peak: 0 };
      heats.set(name, heat);
      heat.inSecond = heat.second === second ? heat.inSecond + 1 : 1;
      heat.second = second;
      heat.peak = Math.max(heat.peak, heat.inSecond);
      heat.writes++;
    }
  }

  async function counted<T>(act: () => Promise<T>): Promise<T> {
    reading.commits++;
    try {
      return await act();
    } catch (error) {
      if (error instanceof StoreUnavailable) reading.failed++;
      throw error;
    }
  }

  const documents: Documents = {
    place: inner.place,
    now: () => inner.now(),
    close: () => inner.close(),
    listen: (query, onChanges, onError) => inner.listen(query, onChanges, onError),
    get(collection, id) {
      reading.reads++;
      return inner.get(collection, id);
    },
    async query(query) {
      const found = await inner.query(query);
      reading.reads += Math.max(1, found.length);
      return found;
    },
    transaction: (body) =>
      counted(async () => {
        let runs = 0;
        let writes: Write[] = [];
        const result = await inner.transaction((tx) => {
          if (runs++ > 0) reading.overtaken++;
          writes = [];
          return body(metered(tx, writes));
        });
        note(writes);
        return result;
      }),
    commit: (writes) =>
      counted(async () => {
        const version = await inner.commit(writes);
        note(writes);
        return version;
      }),
  };

  function metered(tx: Transaction, writes: Write[]): Transaction {
    return {
      get(collection, id) {
        reading.reads++;
        return tx.get(collection, id);
      },
      readAt: () => tx.readAt(),
      write(write) {
        writes.push(write);
        tx.write(write);
      },
    };
  }

  return {
    documents,
    take() {
      const byCollection = Map.groupBy(heats.values(), ({ collection }) => collection);
      const heat = new Map([...byCollection].map(([collection, some]) => [collection, toHeat(some)] as const));
      const taken = { ...reading, heat };
      reading = nothing();
      heats = new Map();
      return taken;
    },
  };
}

function toHeat(documents: readonly Heat[]): CollectionHeat {
  const writes = documents.map((each) => each.writes);
  return {
    mean: writes.reduce((sum, each) => sum + each, 0) / writes.length,
    most: Math.max(...writes),
    peak: Math.max(...documents.map(({ peak }) => peak)),
  };
}
