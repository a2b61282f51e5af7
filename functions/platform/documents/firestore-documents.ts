import { setTimeout as wait } from 'node:timers/promises';
import type { Document, Documents, Version } from '../../core/store/documents.ts';
import { NewerStore } from '../../core/store/store-version.ts';
import { systemClock } from '../clock.ts';
import { createCalls, type FirestoreCalls } from './firestore-calls.ts';
import { openConnection } from './firestore-connection.ts';
import { createAuthorize, EMULATOR_HEADERS } from './firestore-credentials.ts';
import { connectQueries } from './firestore-queries.ts';
import { runTransaction } from './firestore-transaction.ts';
import { CALL_LIMIT_MS, type Patience, tryAgain } from './firestore-tries.ts';
import { toMilliseconds } from './firestore-values.ts';
import { guardVersion, STORE, VERSION } from './firestore-version.ts';
import { encodeWrite } from './firestore-writes.ts';
import { gatherReads } from './gather-reads.ts';

const PRODUCTION = 'https://firestore.googleapis.com';
const DEFAULT_DATABASE = '(default)';

export interface FirestoreOptions {
  projectId: string;
  /** Default: the project's default database. */
  databaseId?: string;
  /** `FIRESTORE_EMULATOR_HOST`, as host and port: an emulator instead of Google. */
  emulatorHost: string | null;
}

/**
 * Documents in Firestore. What a request waits for (reads by id, commits, transactions) goes as JSON over kept connections,
 * which costs a fraction of gRPC's CPU time; queries and listeners go by Google's own client.
 */
export function connectFirestore({ emulatorHost, ...database }: FirestoreOptions): Documents {
  const { projectId, databaseId = DEFAULT_DATABASE } = database;
  const path = `projects/${projectId}/databases/${databaseId}`;
  const connection = openConnection(emulatorHost ? `http://${emulatorHost}` : PRODUCTION);
  const queries = connectQueries(database);
  const patience: Patience = {
    now: systemClock.monotonic,
    pause: (milliseconds) => wait(milliseconds),
    random: Math.random,
    callLimitMs: CALL_LIMIT_MS,
  };
  const calls = createCalls({
    connection,
    database: path,
    authorize: emulatorHost ? () => EMULATOR_HEADERS : createAuthorize(systemClock),
    now: systemClock.monotonic,
  });
  return guardVersion({
    place: `firestore ${databaseId}`,
    ...createDocuments(calls, patience, `${path}/documents`),
    query: queries.query,
    listen: queries.listen,
    async close() {
      await Promise.all([connection.close(), queries.close()]);
    },
  });
}

/** The same, looked at: throws `NewerStore` at once. A database that cannot be reached now is looked at when it is used. */
export async function openFirestore(options: FirestoreOptions): Promise<Documents> {
  const documents = connectFirestore(options);
  try {
    await documents.get(STORE, VERSION);
  } catch (error) {
    if (!(error instanceof NewerStore)) return documents;
    await documents.close();
    throw error;
  }
  return documents;
}

/** The part of the port that goes by calls of our own. `root`: what the names of all documents begin with. */
export function createDocuments(
  calls: FirestoreCalls,
  patience: Patience,
  root: string,
): Pick<Documents, 'get' | 'transaction' | 'commit' | 'now'> {
  const nameOf = (collection: string, id: string) => `${root}/${collection}/${id}`;
  const read = (names: readonly string[]) => tryAgain(patience, (deadline) => calls.batchGet(names, null, deadline));
  const readTogether = gatherReads(async (names) => (await read(names)).documents);

  return {
    async get(collection, id): Promise<Document | null> {
      return readTogether(nameOf(collection, id));
    },

    transaction: (body) => runTransaction({ calls, patience, nameOf }, body),

    async commit(writes): Promise<Version | null> {
      const encoded = writes.map((write) => encodeWrite(write, nameOf(write.collection, write.id)));
      const versions = await tryAgain(patience, (deadline, leaveOpen) =>
        calls.commit(encoded, null, deadline, leaveOpen),
      );
      return versions.find((version, index) => version !== undefined && writes[index]?.kind !== 'delete') ?? null;
    },

    // The time of a read is the server's; the document need not be there.
    now: async () => toMilliseconds((await read([nameOf('clock', 'now')])).readTime, Math.floor),
  };
}
