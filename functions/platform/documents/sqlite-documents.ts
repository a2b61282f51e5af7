import { setTimeout as wait } from 'node:timers/promises';
import {
  type Change,
  type Document,
  type Documents,
  type Query,
  StoreContended,
  type StoreTrouble,
  StoreUnavailable,
  type Transaction,
  type Version,
  type Write,
} from '../../core/store/documents.ts';
import { ReadTime } from '../../core/store/read-time.ts';
import { ByDocument } from './by-document.ts';
import { DocumentMemory } from './document-memory.ts';
import { type OpenFile, openFile } from './sqlite-file.ts';
import type { Flush, SqliteJournal } from './sqlite-journal.ts';
import { SqliteListeners } from './sqlite-listeners.ts';
import { SqliteRows } from './sqlite-rows.ts';
import { BUSY_RETRY_MS, whenFree } from './when-free.ts';
import { type Found, Overtaken, WriteBatch } from './write-batch.ts';
import { type Waiting, WriteQueue } from './write-queue.ts';

/** How often listeners look for what other processes have written. */
export const POLL_MS = 250;
/** Runs of a transaction whose reads were overtaken by other processes. */
export const MAX_RUNS = 50;

export interface SqliteOptions {
  pollMs?: number;
  /** The store's clock: that of the machine, which all processes that share the file have in common. */
  now?: () => number;
  /** Makes the journal safe; default: the system's `fdatasync`, on a thread of Node's pool. */
  flush?: Flush;
}

/**
 * Documents in one SQLite file that any number of processes on the machine may share, or in memory (`:memory:`).
 *
 * Transactions are optimistic: reads remember versions, and the end of a transaction takes the file's write lock, looks
 * whether they still hold, and writes. The lock is never waited for inside SQLite, because a synchronous wait would freeze
 * every stream of the process; a timer tries again. All that wants to be written at one moment shares one write to the disk,
 * which other threads wait for: what has been committed is told, and can be read, only when it is there.
 *
 * Documents that were read or written are kept in memory until another process has written, which SQLite tells cheaply.
 */
export async function openSqliteDocuments(path: string, options: SqliteOptions = {}): Promise<Documents> {
  return new SqliteDocuments(path, await openFile(path, options.flush), options);
}

/** What a transaction has read so far, all of it as it was at one moment. */
class Reads {
  readonly found = new ByDocument<Found>();
  /** The file's state when that was last known to hold. */
  state = '';
}

/** A batch that was committed and is not yet on the disk. */
interface Unflushed {
  documents: ByDocument<Found>;
  done: Promise<void>;
}

class SqliteDocuments implements Documents {
  readonly place: string;
  readonly #isThere: () => boolean;
  readonly #journal: SqliteJournal | null;
  readonly #now: () => number;
  readonly #rows: SqliteRows;
  readonly #listeners: SqliteListeners;
  readonly #memory = new DocumentMemory();
  readonly #transactions = new Set<Promise<unknown>>();
  #lastTurn: Promise<unknown> = Promise.resolve();
  readonly #queue = new WriteQueue((units) => this.#write(units));
  #unflushed: Unflushed | null = null;
  #ownWrites = 0;
  #stateOfTurn: string | null = null;

  constructor(
    place: string,
    { database, journal, isThere }: OpenFile,
    { pollMs = POLL_MS, now = Date.now }: SqliteOptions,
  ) {
    this.place = place;
    this.#isThere = isThere;
    this.#journal = journal;
    this.#rows = new SqliteRows(database);
    this.#now = now;
    const rows = this.#rows;
    this.#listeners = new SqliteListeners({
      query: (query) => rows.query(query),
      dataVersion: () => rows.dataVersion(),
      pollMs,
    });
  }

  async get(collection: string, id: string): Promise<Document | null> {
    const document = await whenFree(() => {
      this.#state();
      return this.#read(collection, id);
    });
    if (this.#unflushed?.documents.get(collection, id) !== undefined) await this.#unflushed.done;
    return document;
  }

  async query(query: Query): Promise<Document[]> {
    const found = await whenFree(() => this.#rows.query(query));
    await this.#unflushed?.done;
    return found;
  }

  listen(query: Query, onChanges: (changes: Change[]) => void, onError: (error: unknown) => void): () => void {
    return this.#listeners.listen(query, onChanges, onError);
  }

  /** Most are alone with what they read. Those that ran into others take turns, or they would do so again and again. */
  transaction<T>(body: (transaction: Transaction) => Promise<T>): Promise<T> {
    const result = this.#runOnce(body).catch((error) => {
      if (!(error instanceof Overtaken)) throw error;
      const turn = this.#lastTurn.then(() => this.#run(body));
      this.#lastTurn = turn.catch(() => {});
      return turn;
    });
    this.#transactions.add(result);
    const forget = () => this.#transactions.delete(result);
    result.then(forget, forget);
    return result;
  }

  commit(writes: readonly Write[]): Promise<Version> {
    return this.#queue.add({ reads: [], writes });
  }

  async now(): Promise<number> {
    return this.#now();
  }

  check(): StoreTrouble | null {
    return this.#isThere() ? (this.#journal?.trouble ?? null) : 'missing';
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#transactions);
    await this.#queue.idle();
    this.#listeners.stop();
    await this.#journal?.close();
    this.#rows.close();
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
    throw new StoreContended('A transaction was overtaken again and again.');
  }

  async #runOnce<T>(body: (transaction: Transaction) => Promise<T>): Promise<T> {
    const reads = new Reads();
    const writes: Write[] = [];
    const readTime = new ReadTime();
    const result = await body({
      get: async (collection, id) => {
        if (writes.length > 0) throw new Error('All reads of a transaction come before its first write.');
        readTime.note(this.#now());
        const known = reads.found.get(collection, id);
        if (known !== undefined) return known.document;
        return whenFree(() => {
          this.#checkReads(reads);
          const document = this.#read(collection, id);
          reads.found.set(collection, id, { collection, id, document });
          this.#checkReads(reads);
          return document;
        });
      },
      readAt: readTime.readAt,
      write: (write) => void writes.push(write),
    });
    if (writes.length > 0) await this.#queue.add({ reads: reads.found.values(), writes });
    else {
      await whenFree(() => this.#checkReads(reads));
      await this.#unflushed?.done;
    }
    return result;
  }

  /** Looks whether everything is still as it was read; where nobody has written since, nothing has to be looked at. */
  #checkReads(reads: Reads): void {
    const state = this.#state();
    if (state === reads.state) return;
    for (const { collection, id, document } of reads.found.values()) {
      if (this.#find(collection, id)?.version !== document?.version) throw new Overtaken();
    }
    reads.state = state;
  }

  /**
   * Changes with every write to the file, by this process or another. What is in memory is of it afterwards. The file is
   * asked once in a turn of the event loop: what others write meanwhile counts as written after it.
   */
  #state(): string {
    if (this.#stateOfTurn !== null) return this.#stateOfTurn;
    const dataVersion = this.#rows.dataVersion();
    this.#memory.heed(dataVersion);
    this.#stateOfTurn = `${dataVersion}.${this.#ownWrites}`;
    setImmediate(() => {
      this.#stateOfTurn = null;
    });
    return this.#stateOfTurn;
  }

  /** From memory, or from the file as it is at this moment. */
  #read(collection: string, id: string): Document | null {
    const known = this.#memory.get(collection, id);
    if (known !== undefined) return known;
    this.#stateOfTurn = null;
    this.#state();
    return this.#find(collection, id);
  }

  /** Resolves to what tells each unit how it ended. */
  async #write(units: readonly Waiting[]): Promise<() => void> {
    await this.#journal?.keepShort();
    const { settle, changes } = await whenFree(() => this.#apply(units));
    await this.#flush(changes);
    this.#listeners.notifySoon();
    return settle;
  }

  async #flush(changes: readonly Found[]): Promise<void> {
    if (this.#journal === null) return;
    const documents = new ByDocument<Found>();
    for (const change of changes) documents.set(change.collection, change.id, change);
    const done = this.#journal.flush();
    this.#unflushed = { documents, done };
    try {
      await done;
    } finally {
      this.#unflushed = null;
    }
  }

  /** Returns what was changed, and what tells each unit how it ended, once that is certain. */
  #apply(units: readonly Waiting[]): { changes: readonly Found[]; settle: () => void } {
    const outcomes: (() => void)[] = [];
    // What is written to a file that nobody can open again is lost.
    if (!this.#isThere())
      throw new StoreUnavailable('The store’s file was deleted or replaced.', { trouble: 'missing' });
    this.#journal?.refuseLost();
    this.#rows.begin();
    try {
      this.#stateOfTurn = null;
      this.#state();
      const batch = new WriteBatch((collection, id) => this.#find(collection, id));
      let { last } = this.#rows;
      for (const unit of units) {
        try {
          // Each has a version of its own: two of them may write the same document.
          const version = String(last + 1);
          batch.add(unit, version);
          last++;
          outcomes.push(() => unit.resolve(version));
        } catch (error) {
          outcomes.push(() => unit.reject(error));
        }
      }
      const changes = batch.changes();
      for (const change of changes) this.#rows.put(change);
      this.#rows.last = last;
      this.#rows.commit();
      this.#ownWrites++;
      this.#stateOfTurn = null;
      for (const { collection, id, document } of changes) {
        this.#memory.keep(collection, id, document);
        this.#listeners.note(collection);
      }
      return { changes, settle: () => outcomes.forEach((tell) => void tell()) };
    } catch (error) {
      this.#rows.rollBack();
      throw error;
    }
  }

  /** From memory where it is there; `#state` has been called before, in the same turn. */
  #find(collection: string, id: string): Document | null {
    const known = this.#memory.get(collection, id);
    if (known !== undefined) return known;
    const document = this.#rows.find(collection, id);
    this.#memory.keep(collection, id, document);
    return document;
  }
}
