import { setTimeout as wait } from 'node:timers/promises';
import { type DocumentSnapshot, Firestore, type Query as FirestoreQuery, Timestamp } from '@google-cloud/firestore';
import {
  type Change,
  type Document,
  type Documents,
  MAX_QUERY_DOCUMENTS,
  type Query,
  StoreUnavailable,
  type Value,
  type Version,
} from '../../core/store/documents.ts';
import { FirestoreFailure, toStoreError } from './firestore-failure.ts';
import { CALL_LIMIT_MS } from './firestore-tries.ts';
import { harmless } from './harmless.ts';

/** How long a listener that broke waits before it listens again. */
export const LISTEN_AGAIN_MS = 1_000;

export interface Database {
  projectId: string;
  databaseId?: string;
}

/**
 * What goes by Google's own client: it keeps listeners alive, and knows how queries are written. It finds the emulator by
 * `FIRESTORE_EMULATOR_HOST` itself.
 */
export function connectQueries(database: Database): Pick<Documents, 'query' | 'listen' | 'close'> {
  const firestore = new Firestore({ ...database, useBigInt: true });
  return {
    query: (query) =>
      call(async () =>
        (await toFirestoreQuery(firestore, query).get()).docs.flatMap((found) => toDocument(found) ?? []),
      ),
    listen: (query, onChanges, onError) => listen(toFirestoreQuery(firestore, query), onChanges, onError),
    close: () => firestore.terminate(),
  };
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

export function toDocument(snapshot: DocumentSnapshot): Document | null {
  const data = snapshot.data();
  if (data === undefined || snapshot.updateTime === undefined) return null;
  return { id: snapshot.id, version: toVersion(snapshot.updateTime), data: fromData(data) as Document['data'] };
}

/** As Firestore's JSON has it, so that one document has one version: RFC 3339 with as many groups of three digits as it needs. */
export function toVersion({ seconds, nanoseconds }: Timestamp): Version {
  const whole = new Date(seconds * 1_000).toISOString().slice(0, -'.000Z'.length);
  if (nanoseconds === 0) return `${whole}Z`;
  return `${whole}.${String(nanoseconds)
    .padStart(9, '0')
    .replace(/(000){1,2}$/, '')}Z`;
}

/** Timestamps become dates; integers are bigints already. */
function fromData(value: unknown): Value {
  if (value instanceof Timestamp) return value.toDate();
  if (Array.isArray(value)) return value.map(fromData);
  if (typeof value !== 'object' || value === null) return value as Value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, fromData(field)]));
}

async function call<T>(act: () => Promise<T>): Promise<T> {
  const late = new AbortController();
  const timeout = wait(CALL_LIMIT_MS, null, { signal: late.signal, ref: false }).then(
    () => Promise.reject(new StoreUnavailable('The store did not answer in time.')),
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([act(), timeout]);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? GRPC_CODES[Number(error.code)] : undefined;
    throw code === undefined
      ? error
      : toStoreError(new FirestoreFailure(code, 'A query failed.', { cause: error }), false);
  } finally {
    late.abort();
  }
}

/** By their numbers: https://grpc.io/docs/guides/status-codes */
const GRPC_CODES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];
