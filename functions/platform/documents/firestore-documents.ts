import { setTimeout as wait } from 'node:timers/promises';
import {
  type DocumentData,
  type DocumentReference,
  type DocumentSnapshot,
  Firestore,
  type Query as FirestoreQuery,
  Timestamp,
} from '@google-cloud/firestore';
import {
  type Change,
  type Document,
  type Documents,
  ExpectationFailed,
  MAX_QUERY_DOCUMENTS,
  type Query,
  StoreContended,
  type StoreTrouble,
  StoreUnavailable,
  type Transaction,
  type Value,
  type Version,
  type Write,
} from '../../core/store/documents.ts';
import { harmless } from './harmless.ts';

/** How long anything may take. What became of it is not known then, and whoever asked finds out. */
export const CALL_LIMIT_MS = 15_000;
/** How long a listener that broke waits before it listens again. */
export const LISTEN_AGAIN_MS = 1_000;

export interface FirestoreOptions {
  projectId: string;
  /** Default: the project's default database. */
  databaseId?: string;
}

/** Documents in Firestore, or in its emulator where `FIRESTORE_EMULATOR_HOST` says so. */
export function connectFirestore(options: FirestoreOptions): Documents {
  const firestore = new Firestore({ ...options, useBigInt: true, ignoreUndefinedProperties: true });
  const at = (collection: string, id: string) => firestore.collection(collection).doc(id);

  return {
    place: `firestore ${options.databaseId ?? '(default)'}`,

    get: (collection, id) => call(async () => toDocument(await at(collection, id).get())),

    query: (query) =>
      call(async () =>
        (await toFirestoreQuery(firestore, query).get()).docs.flatMap((found) => toDocument(found) ?? []),
      ),

    listen: (query, onChanges, onError) => listen(toFirestoreQuery(firestore, query), onChanges, onError),

    transaction: (body) =>
      call(() =>
        firestore.runTransaction(async (inner) => {
          const versions = new Map<string, Version | null>();
          const writes: Write[] = [];
          const transaction: Transaction = {
            async get(collection, id) {
              if (writes.length > 0) throw new Error('All reads of a transaction come before its first write.');
              const document = toDocument(await inner.get(at(collection, id)));
              versions.set(`${collection}/${id}`, document?.version ?? null);
              return document;
            },
            write: (write) => {
              writes.push(write);
            },
          };
          const result = await body(transaction);
          for (const write of unreadConditions(writes, versions)) {
            const found = toDocument(await inner.get(at(write.collection, write.id)));
            versions.set(`${write.collection}/${write.id}`, found?.version ?? null);
          }
          for (const write of writes) apply(inner, at(write.collection, write.id), write, versions);
          return result;
        }),
      ),

    async commit(writes) {
      if (writes.some(needsRead)) {
        await this.transaction(async (transaction) => {
          for (const write of writes) transaction.write(write);
        });
        return null;
      }
      return call(async () => {
        const batch = firestore.batch();
        for (const write of writes) apply(batch, at(write.collection, write.id), write, new Map());
        const results = await batch.commit();
        const written = results.find((_result, index) => writes[index]?.kind !== 'delete');
        return written === undefined ? null : toVersion(written.writeTime);
      });
    },

    // The time of a read is the server's; the document need not be there.
    now: () => call(async () => (await at('clock', 'now').get()).readTime.toMillis()),

    close: () => firestore.terminate(),
  };
}

/** What a batch and a transaction of the client have in common. */
interface Writer {
  create(at: DocumentReference, data: DocumentData): unknown;
  set(at: DocumentReference, data: DocumentData): unknown;
  update(at: DocumentReference, data: DocumentData, precondition: { lastUpdateTime: Timestamp }): unknown;
  delete(at: DocumentReference, precondition?: { exists?: boolean; lastUpdateTime?: Timestamp }): unknown;
}

/**
 * The client can replace a document without a condition and change fields of one with a condition, but not replace one
 * with a condition: such a write compares the version in a transaction, which the server's lock makes the same.
 */
function needsRead(write: Write): boolean {
  return write.kind === 'set' && write.expect !== 'absent' && write.expect !== 'any';
}

function unreadConditions(writes: readonly Write[], versions: ReadonlyMap<string, Version | null>): Write[] {
  return writes.filter((write) => needsRead(write) && !versions.has(`${write.collection}/${write.id}`));
}

function apply(
  writer: Writer,
  at: DocumentReference,
  write: Write,
  versions: ReadonlyMap<string, Version | null>,
): void {
  const { expect } = write;
  if (write.kind === 'delete') {
    if (expect === 'any') writer.delete(at);
    else writer.delete(at, expect === 'present' ? { exists: true } : { lastUpdateTime: toTimestamp(write.expect) });
    return;
  }
  if (write.kind === 'update') {
    writer.update(at, write.data, { lastUpdateTime: toTimestamp(write.expect) });
    return;
  }
  if (expect === 'absent') {
    writer.create(at, write.data);
    return;
  }
  if (needsRead(write)) {
    const version = versions.get(`${write.collection}/${write.id}`) ?? null;
    const holds = typeof expect === 'object' ? version === expect.version : version !== null;
    if (!holds) throw new ExpectationFailed(`A document of ${write.collection} is not what a write expected.`);
  }
  writer.set(at, write.data);
}

function toFirestoreQuery(firestore: Firestore, { collection, where = [], orderBy, limit }: Query): FirestoreQuery {
  let query: FirestoreQuery = firestore.collection(collection);
  for (const { field, op, value } of where) query = query.where(field, op, value);
  if (orderBy) query = query.orderBy(orderBy.field, orderBy.direction);
  return query.limit(Math.min(limit ?? MAX_QUERY_DOCUMENTS, MAX_QUERY_DOCUMENTS));
}

function listen(
  query: FirestoreQuery,
  onChanges: (changes: Change[]) => void,
  heedError: (error: unknown) => void,
): () => void {
  const onError = harmless(heedError);
  let stopped = false;
  let stop = () => {};
  const start = () => {
    stop = query.onSnapshot(
      (snapshot) => {
        // Thrown within the client it would end the process.
        try {
          onChanges(
            snapshot.docChanges().flatMap(({ type, doc }) => {
              const document = toDocument(doc);
              return document === null
                ? []
                : [{ kind: type === 'removed' ? ('delete' as const) : ('set' as const), document }];
            }),
          );
        } catch (error) {
          onError(error);
        }
      },
      async (error) => {
        onError(error);
        await wait(LISTEN_AGAIN_MS, undefined, { ref: false });
        if (!stopped) start();
      },
    );
  };
  start();
  return () => {
    stopped = true;
    stop();
  };
}

function toDocument(snapshot: DocumentSnapshot): Document | null {
  const data = snapshot.data();
  if (data === undefined || snapshot.updateTime === undefined) return null;
  return { id: snapshot.id, version: toVersion(snapshot.updateTime), data: fromData(data) as Document['data'] };
}

function toVersion({ seconds, nanoseconds }: Timestamp): Version {
  return `${seconds}.${nanoseconds}`;
}

function toTimestamp(expect: 'absent' | 'present' | 'any' | { version: Version }): Timestamp {
  const [seconds, nanoseconds] = (typeof expect === 'object' ? expect.version : '0.0').split('.');
  return new Timestamp(Number(seconds), Number(nanoseconds));
}

/** Timestamps become dates; integers are bigints already. */
function fromData(value: unknown): Value {
  if (value instanceof Timestamp) return value.toDate();
  if (Array.isArray(value)) return value.map(fromData);
  if (typeof value !== 'object' || value === null) return value as Value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, fromData(field)]));
}

/** gRPC codes: https://grpc.io/docs/guides/status-codes */
const EXPECTATIONS = new Set([5, 6, 9]);
const ABORTED = 10;
const UNAVAILABLE = new Set([1, 2, 4, 8, 13, 14]);
/** Those that concern the whole database: our permission, our credential, our quota. */
const TROUBLES: ReadonlyMap<number, StoreTrouble> = new Map([
  [7, 'denied'],
  [16, 'denied'],
  [8, 'quota'],
]);

async function call<T>(act: () => Promise<T>): Promise<T> {
  const late = new AbortController();
  const timeout = wait(CALL_LIMIT_MS, null, { signal: late.signal, ref: false }).then(
    () => Promise.reject(new StoreUnavailable('The store did not answer in time.')),
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([act(), timeout]);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? Number(error.code) : -1;
    if (EXPECTATIONS.has(code))
      throw new ExpectationFailed('A document is not what a write expected.', { cause: error });
    const trouble = TROUBLES.get(code);
    if (trouble !== undefined) throw new StoreUnavailable('The store refuses us.', { cause: error, trouble });
    if (code === ABORTED) throw new StoreContended('Others changed the same documents.', { cause: error });
    if (UNAVAILABLE.has(code)) throw new StoreUnavailable('The store cannot be reached.', { cause: error });
    throw error;
  } finally {
    late.abort();
  }
}
