import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
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
} from '../../core/documents.ts';
import { decodeDocument, encodeDocument } from './encode-document.ts';
import { createIndexes, toSql } from './sqlite-query.ts';

/** How often listeners look for what other processes have written. */
export const POLL_MS = 250;
/** How long a write waits while another process writes. */
export const BUSY_LIMIT_MS = 5_000;
/** Runs of a transaction whose reads were overtaken by other processes. */
export const MAX_RUNS = 50;
const BUSY_RETRY_MS = 5;

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS documents (
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (collection, id)
  ) WITHOUT ROWID;
  -- Versions come from one counter, so that a document deleted and made anew never has an old version again.
  CREATE TABLE IF NOT EXISTS versions (last INTEGER NOT NULL);
  INSERT INTO versions SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM versions);
  ${createIndexes()}
`;

export interface SqliteOptions {
  pollMs?: number;
  /** The store's clock: that of the machine, which all processes that share the file have in common. */
  now?: () => number;
}

/**
 * Documents in one SQLite file that any number of processes on the machine may share, or in memory (`:memory:`).
 *
 * Transactions are optimistic: reads remember versions, and the end of a transaction takes the file's write lock, looks
 * whether they still hold, and writes. The lock is never waited for inside SQLite, because a synchronous wait would freeze
 * every stream of the process; a timer tries again.
 */
export async function openSqliteDocuments(path: string, options: SqliteOptions = {}): Promise<Documents> {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path, { timeout: 0 });
  await whenFree(() => database.exec(SCHEMA));
  return new SqliteDocuments(database, options.pollMs ?? POLL_MS, options.now ?? Date.now);
}

/** A read of this transaction is no longer true: run it again. */
class Overtaken extends Error {}

/** What a transaction has read, by path. */
interface Read {
  collection: string;
  id: string;
  document: Document | null;
}

/** What a transaction has read so far, all of it as it was at one moment. */
class Reads {
  readonly byName = new Map<string, Read>();
  /** The file's state when that was last known to hold. */
  state = '';
}

interface Row {
  id: string;
  version: number;
  data: string;
}

class SqliteDocuments implements Documents {
  readonly #database: DatabaseSync;
  readonly #pollMs: number;
  readonly #now: () => number;
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #nextVersion: StatementSync;
  readonly #selectDataVersion: StatementSync;
  readonly #listeners = new Set<() => void>();
  #lastTransaction: Promise<unknown> = Promise.resolve();
  #ownWrites = 0;
  #notifying = false;

  constructor(database: DatabaseSync, pollMs: number, now: () => number) {
    this.#database = database;
    this.#pollMs = pollMs;
    this.#now = now;
    this.#select = database.prepare('SELECT id, version, data FROM documents WHERE collection = ? AND id = ?');
    this.#insert = database.prepare(
      'INSERT OR REPLACE INTO documents (collection, id, version, data) VALUES (?, ?, ?, ?)',
    );
    this.#delete = database.prepare('DELETE FROM documents WHERE collection = ? AND id = ?');
    this.#selectDataVersion = database.prepare('PRAGMA data_version');
    this.#nextVersion = database.prepare('UPDATE versions SET last = last + 1 RETURNING last');
  }

  async get(collection: string, id: string): Promise<Document | null> {
    return whenFree(() => this.#read(collection, id));
  }

  async query(query: Query): Promise<Document[]> {
    return whenFree(() => this.#query(query));
  }

  listen(query: Query, onChanges: (changes: Change[]) => void, onError: (error: unknown) => void): () => void {
    let known: Map<string, Document> | null = null;
    let seen = '';
    const look = () => {
      try {
        const state = this.#state();
        if (known !== null && state === seen) return;
        const found = new Map(this.#query(query).map((document) => [document.id, document]));
        const changes = difference(known ?? new Map(), found);
        const first = known === null;
        known = found;
        seen = state;
        if (first || changes.length > 0) onChanges(changes);
      } catch (error) {
        // What was known is sent again once the file can be read.
        known = null;
        onError(error);
      }
    };
    const timer = setInterval(look, this.#pollMs).unref();
    this.#listeners.add(look);
    setImmediate(() => {
      if (this.#listeners.has(look)) look();
    });
    return () => {
      clearInterval(timer);
      this.#listeners.delete(look);
    };
  }

  /** Transactions of one process take turns: their bodies only wait for reads, which are synchronous underneath. */
  transaction<T>(body: (transaction: Transaction) => Promise<T>): Promise<T> {
    const turn = this.#lastTransaction.then(() => this.#run(body));
    this.#lastTransaction = turn.catch(() => {});
    return turn;
  }

  async commit(writes: readonly Write[]): Promise<Version> {
    return whenFree(() => this.#apply(new Reads(), writes));
  }

  async now(): Promise<number> {
    return this.#now();
  }

  async close(): Promise<void> {
    await this.#lastTransaction;
    for (const listener of this.#listeners) this.#listeners.delete(listener);
    if (this.#database.isOpen) this.#database.close();
  }

  async #run<T>(body: (transaction: Transaction) => Promise<T>): Promise<T> {
    for (let run = 1; run <= MAX_RUNS; run++) {
      try {
        return await this.#runOnce(body);
      } catch (error) {
        if (!(error instanceof Overtaken)) throw error;
        await wait(Math.random() * BUSY_RETRY_MS * run);
      }
    }
    throw new StoreUnavailable('A transaction was overtaken again and again.');
  }

  async #runOnce<T>(body: (transaction: Transaction) => Promise<T>): Promise<T> {
    const reads = new Reads();
    const writes: Write[] = [];
    const result = await body({
      get: async (collection, id) => {
        if (writes.length > 0) throw new Error('All reads of a transaction come before its first write.');
        const name = `${collection}/${id}`;
        const known = reads.byName.get(name);
        if (known !== undefined) return known.document;
        return whenFree(() => {
          this.#checkReads(reads);
          const document = this.#read(collection, id);
          reads.byName.set(name, { collection, id, document });
          return document;
        });
      },
      write: (write) => {
        writes.push(write);
      },
    });
    await whenFree(() => {
      if (writes.length > 0) this.#apply(reads, writes);
      else this.#checkReads(reads);
    });
    return result;
  }

  /** Looks whether everything is still as it was read; where nobody has written since, nothing has to be looked at. */
  #checkReads(reads: Reads): void {
    const state = this.#state();
    if (state === reads.state) return;
    for (const { collection, id, document } of reads.byName.values()) {
      if (this.#read(collection, id)?.version !== document?.version) throw new Overtaken();
    }
    reads.state = state;
  }

  /** Changes with every write to the file, by this process or another. */
  #state(): string {
    return `${this.#dataVersion()}.${this.#ownWrites}`;
  }

  #apply(reads: Reads, writes: readonly Write[]): Version {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      this.#checkReads(reads);
      const { last } = this.#nextVersion.get() as { last: number };
      for (const write of writes) {
        const found = this.#checkExpectation(write);
        if (write.kind === 'delete') this.#delete.run(write.collection, write.id);
        else {
          const data = write.kind === 'update' ? { ...found?.data, ...write.data } : write.data;
          this.#insert.run(write.collection, write.id, last, encodeDocument(data));
        }
      }
      this.#database.exec('COMMIT');
      this.#ownWrites++;
      this.#notifySoon();
      return String(last);
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** The document that a write is about, as it was read to check the expectation; null also where there is none to check. */
  #checkExpectation({ collection, id, expect }: Write): Document | null {
    if (expect === 'any') return null;
    const found = this.#read(collection, id);
    const version: Version | null = found?.version ?? null;
    const holds =
      expect === 'absent' ? version === null : expect === 'present' ? version !== null : version === expect.version;
    if (!holds) throw new ExpectationFailed(`A document of ${collection} is not what a write expected.`);
    return found;
  }

  #read(collection: string, id: string): Document | null {
    const row = this.#select.get(collection, id) as unknown as Row | undefined;
    return row === undefined ? null : toDocument(row);
  }

  #query(query: Query): Document[] {
    const { sql, values } = toSql(query);
    return (this.#database.prepare(sql).all(...values) as unknown as Row[]).map(toDocument);
  }

  /** Changes when another connection has written. */
  #dataVersion(): number {
    return (this.#selectDataVersion.get() as { data_version: number }).data_version;
  }

  #notifySoon(): void {
    if (this.#notifying || this.#listeners.size === 0) return;
    this.#notifying = true;
    setImmediate(() => {
      this.#notifying = false;
      for (const listener of this.#listeners) listener();
    });
  }
}

function toDocument({ id, version, data }: Row): Document {
  return { id, version: String(version), data: decodeDocument(data) };
}

function difference(before: ReadonlyMap<string, Document>, after: ReadonlyMap<string, Document>): Change[] {
  const changes: Change[] = [];
  for (const [id, document] of before) if (!after.has(id)) changes.push({ kind: 'delete', document });
  for (const [id, document] of after) {
    if (before.get(id)?.version !== document.version) changes.push({ kind: 'set', document });
  }
  return changes;
}

const SQLITE_BUSY = 5;

/** Does something with the file as soon as no other process has it locked. Everything inside is synchronous. */
async function whenFree<T>(act: () => T): Promise<T> {
  const deadline = performance.now() + BUSY_LIMIT_MS;
  for (;;) {
    try {
      return act();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() > deadline) throw new StoreUnavailable('The store is locked by another process.');
    }
    await wait(BUSY_RETRY_MS * (0.5 + Math.random()));
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY;
}
