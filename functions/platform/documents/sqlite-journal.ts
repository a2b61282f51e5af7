import { closeSync, fdatasync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { type StoreTrouble, StoreUnavailable } from '../../core/store/documents.ts';
import { SqliteCheckpointer } from './sqlite-checkpointer.ts';
import { troubleOfSystem } from './when-free.ts';

/**
 * Pages that the journal gathers before they are moved into the file, 32 MB: eight times SQLite's own default. The same few
 * pages are written again and again, and each is moved once.
 */
export const JOURNAL_PAGES = 8_000;
/** At so many SQLite moves them by itself, while the event loop waits: where the thread that should do it cannot. */
export const MOST_JOURNAL_PAGES = 4 * JOURNAL_PAGES;
/** Where the journal could not be emptied, another try is made after so many pages more. */
const PAGES_BETWEEN_TRIES = JOURNAL_PAGES / 8;

/** Makes what was written to an open file outlast a loss of power. */
export type Flush = (file: number) => Promise<void>;

/**
 * The journal (SQLite's write-ahead log) of one open database. SQLite adds a commit to it without waiting for the disk, and what
 * the disk does is waited for here, on other threads than the event loop's.
 */
export class SqliteJournal {
  readonly #file: number;
  readonly #flush: Flush;
  readonly #pages: StatementSync;
  readonly #checkpointer: SqliteCheckpointer;
  #trouble: StoreTrouble | null = null;
  #startAt = JOURNAL_PAGES;
  #isRunning = false;
  #isMostDone = false;

  /** From here on the database's commits are safe only when `flush` has said so. Its journal must be there. */
  constructor(path: string, database: DatabaseSync, flush: Flush = promisify(fdatasync)) {
    database.exec(`PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = ${MOST_JOURNAL_PAGES}`);
    this.#pages = database.prepare('PRAGMA wal_checkpoint(NOOP)');
    this.#file = openSync(`${path}-wal`, 'r+');
    this.#flush = flush;
    this.#checkpointer = new SqliteCheckpointer(path);
    keepNames(dirname(path));
  }

  /** What stands against writing; once there is something, for good. */
  get trouble(): StoreTrouble | null {
    return this.#trouble;
  }

  /**
   * Resolves when all that was committed before is on the disk. Where the disk fails, nobody can tell what of it is there, and a
   * later flush would not say so: a system forgets what it could not write. From then on nothing more may be committed.
   */
  async flush(): Promise<void> {
    try {
      await this.#flush(this.#file);
    } catch (error) {
      this.#trouble = troubleOfSystem(error);
      throw new StoreUnavailable(`The store’s journal could not be written (${this.#trouble}).`, {
        cause: error,
        trouble: this.#trouble,
      });
    }
  }

  /** To be called before each commit: throws `StoreUnavailable` after a flush has failed. What is added then may stand behind a gap. */
  refuseLost(): void {
    if (this.#trouble === null) return;
    const message = 'The store’s journal could not be written before; nothing more is until the process starts again.';
    throw new StoreUnavailable(message, { trouble: this.#trouble });
  }

  /**
   * To be called between commits: has a long journal moved into the file. Most of it goes while others commit; for the rest, a few
   * pages, this waits, so that the journal can begin anew.
   */
  async keepShort(): Promise<void> {
    if (this.#isMostDone) {
      this.#isMostDone = false;
      const isEmpty = await this.#checkpointer.checkpoint('RESTART');
      this.#startAt = isEmpty ? JOURNAL_PAGES : this.#length() + PAGES_BETWEEN_TRIES;
      this.#isRunning = false;
    } else if (!this.#isRunning && this.#length() >= this.#startAt) {
      this.#isRunning = true;
      void this.#checkpointer.checkpoint('PASSIVE').then(() => {
        this.#isMostDone = true;
      });
    }
  }

  async close(): Promise<void> {
    await this.#checkpointer.close();
    closeSync(this.#file);
  }

  /** In pages. Where it cannot be read, the next commit says why. */
  #length(): number {
    try {
      return (this.#pages.get() as { log: number }).log;
    } catch {
      return 0;
    }
  }
}

/** So that the files themselves, when they have just been made, outlast a loss of power. Windows has no such thing. */
function keepNames(folder: string): void {
  if (process.platform === 'win32') return;
  const file = openSync(folder, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
