import { type DocumentData, type DocumentReference, Firestore, Timestamp } from '@google-cloud/firestore';
import {
  type Documents,
  ExpectationFailed,
  StoreContended,
  StoreUnavailable,
  type Transaction,
  type Version,
  type Write,
} from '../../functions/core/store/documents.ts';
import { ReadTime } from '../../functions/core/store/read-time.ts';
import { connectQueries, toDocument, toVersion } from '../../functions/platform/documents/firestore-queries.ts';

/**
 * The same port by Google's own client alone, over gRPC: what ours is held against and measured beside. It stood in the product
 * until its part of a request's CPU time was measured.
 */
export function connectOfficial(projectId: string): Documents {
  const firestore = new Firestore({ projectId, useBigInt: true, ignoreUndefinedProperties: true });
  const queries = connectQueries({ projectId });
  const at = (collection: string, id: string) => firestore.collection(collection).doc(id);

  return {
    place: 'firestore by its own client',

    get: (collection, id) => call(async () => toDocument(await at(collection, id).get())),

    query: queries.query,

    listen: queries.listen,

    transaction: (body) =>
      call(() =>
        firestore.runTransaction(async (inner) => {
          const versions = new Map<string, Version | null>();
          const writes: Write[] = [];
          const readTime = new ReadTime();
          const transaction: Transaction = {
            async get(collection, id) {
              if (writes.length > 0) throw new Error('All reads of a transaction come before its first write.');
              const snapshot = await inner.get(at(collection, id));
              readTime.note(snapshot.readTime.toMillis());
              const document = toDocument(snapshot);
              versions.set(`${collection}/${id}`, document?.version ?? null);
              return document;
            },
            readAt: readTime.readAt,
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

    async close() {
      await Promise.all([firestore.terminate(), queries.close()]);
    },
  };
}

/** RFC 3339 up to whole seconds. */
const SECONDS_LENGTH = 19;
const NANO_DIGITS = 9;

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

function toTimestamp(expect: 'absent' | 'present' | 'any' | { version: Version }): Timestamp {
  const version = typeof expect === 'object' ? expect.version : '';
  const nanoseconds = Number(version.slice(SECONDS_LENGTH + 1, -1).padEnd(NANO_DIGITS, '0'));
  return new Timestamp(Date.parse(`${version.slice(0, SECONDS_LENGTH)}Z`) / 1_000, nanoseconds);
}

/** gRPC codes: https://grpc.io/docs/guides/status-codes */
const EXPECTATIONS = new Set([5, 6, 9]);
const ABORTED = 10;
const UNAVAILABLE = new Set([1, 2, 4, 8, 13, 14]);

async function call<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? Number(error.code) : -1;
    if (EXPECTATIONS.has(code))
      throw new ExpectationFailed('A document is not what a write expected.', { cause: error });
    if (code === ABORTED) throw new StoreContended('Others changed the same documents.', { cause: error });
    if (UNAVAILABLE.has(code)) throw new StoreUnavailable('The store cannot be reached.', { cause: error });
    throw error;
  }
}
