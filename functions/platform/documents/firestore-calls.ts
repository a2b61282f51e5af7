import type { Document, Version } from '../../core/store/documents.ts';
import type { FirestoreConnection } from './firestore-connection.ts';
import { FirestoreFailure, toFailure } from './firestore-failure.ts';
import { decodeFields, type FirestoreFields, quoted } from './firestore-values.ts';

/** How long the end of a transaction may take that comes to nothing; Firestore forgets it by itself after a minute. */
export const ROLLBACK_LIMIT_MS = 5_000;

/** What goes with a request to say who we are: name, value, name, value … */
export type Headers = readonly string[];
/** `refused`: those that Firestore did not take, so that they do not come again if there are others. */
export type Authorize = (refused?: Headers) => Headers | Promise<Headers>;

/** Firestore's transaction that a read belongs to: one that it begins, in place of an earlier one perhaps, or one that there is. */
export type Of = { begin: { insteadOf: string | null } } | { id: string };

/** What reading gave. Every document that was asked for is in it, null where there is none. */
export interface Reading {
  documents: ReadonlyMap<string, Document | null>;
  /** The server's, RFC 3339. */
  readTime: string;
  /** The transaction that the read began. */
  transaction: string | null;
}

/** Firestore's own calls, one exchange each, nothing tried again but a token that was refused. They throw `FirestoreFailure`. */
export interface FirestoreCalls {
  /** Of documents by their whole names, each once. */
  batchGet(names: readonly string[], of: Of | null, deadline: number): Promise<Reading>;
  /**
   * `writes`: JSON. Resolves with the version that each document has now; undefined for one that is gone. Calls `leaveOpen`
   * where it fails and the writes may have been applied all the same.
   */
  commit(
    writes: readonly string[],
    transaction: string | null,
    deadline: number,
    leaveOpen: () => void,
  ): Promise<(Version | undefined)[]>;
  rollback(transaction: string): Promise<void>;
}

export interface CallsOptions {
  connection: FirestoreConnection;
  /** `projects/{project}/databases/{database}`. */
  database: string;
  authorize: Authorize;
  /** Monotonic milliseconds. */
  now(): number;
}

/** A line of the answer to `batchGet`. https://firebase.google.com/docs/firestore/reference/rest/v1/projects.databases.documents/batchGet */
interface Line {
  transaction?: string;
  found?: { name: string; fields?: FirestoreFields; updateTime: string };
  missing?: string;
  readTime?: string;
  error?: unknown;
}

export function createCalls({ connection, database, authorize, now }: CallsOptions): FirestoreCalls {
  async function call(method: string, body: string, deadline: number, refused?: Headers): Promise<unknown> {
    const headers = await credentials(refused);
    const limitMs = deadline - now();
    if (limitMs <= 0) throw new FirestoreFailure('UNREACHED', 'There was no time left.');
    const path = `/v1/${database}/documents:${method}?$prettyPrint=false`;
    const { status, text } = await connection.post(path, headers, body, limitMs);
    const reply = parse(text, status);
    const error = errorIn(reply);
    if (status === 200 && error === undefined) return reply;
    const failure = toFailure(status, error);
    if (failure.code !== 'UNAUTHENTICATED' || refused !== undefined) throw failure;
    return call(method, body, deadline, headers);
  }

  async function credentials(refused: Headers | undefined): Promise<Headers> {
    try {
      return await authorize(refused);
    } catch (cause) {
      throw new FirestoreFailure('UNREACHED', 'There is no credential for the store.', { cause });
    }
  }

  return {
    async batchGet(names, of, deadline) {
      const body = `{"documents":[${names.map(quoted).join()}]${of === null ? '' : encodeOf(of)}}`;
      return toReading((await call('batchGet', body, deadline)) as Line[], names);
    },

    async commit(writes, transaction, deadline, leaveOpen) {
      const inside = transaction === null ? '' : `,"transaction":${quoted(transaction)}`;
      try {
        const reply = await call('commit', `{"writes":[${writes.join()}]${inside}}`, deadline);
        const { writeResults = [] } = reply as { writeResults?: { updateTime?: string }[] };
        return writeResults.map(({ updateTime }) => updateTime);
      } catch (error) {
        if (error instanceof FirestoreFailure && error.kind === 'unknown') leaveOpen();
        throw error;
      }
    },

    async rollback(transaction) {
      await call('rollback', `{"transaction":${quoted(transaction)}}`, now() + ROLLBACK_LIMIT_MS);
    },
  };
}

function encodeOf(of: Of): string {
  if ('id' in of) return `,"transaction":${quoted(of.id)}`;
  const { insteadOf } = of.begin;
  return `,"newTransaction":{"readWrite":{${insteadOf === null ? '' : `"retryTransaction":${quoted(insteadOf)}`}}}`;
}

/** An answer that is no JSON was not Firestore's, or not all of it. */
function parse(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (status !== 200) return null;
    throw new FirestoreFailure('UNKNOWN', 'The answer is not JSON.', { cause });
  }
}

/** A list has its error in one of its lines. */
function errorIn(reply: unknown): unknown {
  const lines: readonly unknown[] = Array.isArray(reply) ? reply : [reply];
  for (const line of lines) {
    if (typeof line === 'object' && line !== null && 'error' in line) return line.error;
  }
  return undefined;
}

function toReading(lines: readonly Line[], names: readonly string[]): Reading {
  const documents = new Map<string, Document | null>();
  let readTime = '';
  let transaction: string | null = null;
  for (const line of lines) {
    if (line.transaction) transaction = line.transaction;
    if (line.readTime) readTime = line.readTime;
    if (line.found) documents.set(line.found.name, toDocument(line.found));
    else if (line.missing) documents.set(line.missing, null);
  }
  if (names.some((name) => !documents.has(name))) throw new FirestoreFailure('UNKNOWN', 'The answer is not whole.');
  return { documents, readTime, transaction };
}

function toDocument({ name, fields, updateTime }: NonNullable<Line['found']>): Document {
  return { id: name.slice(name.lastIndexOf('/') + 1), version: updateTime, data: decodeFields(fields) };
}
