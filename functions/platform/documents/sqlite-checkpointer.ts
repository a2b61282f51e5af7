import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/**
 * How much is moved: what can be while others write, or all, so that the journal begins anew.
 * https://www.sqlite.org/pragma.html#pragma_wal_checkpoint
 */
export type CheckpointMode = 'PASSIVE' | 'RESTART';

/**
 * What the thread runs, as text: Node that runs the sources and a bundle of one file start it alike. `null` closes the database. What
 * fails (a full disk, a reader in the way) is told as incomplete: the journal grows until it works.
 */
const THREAD = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { DatabaseSync } = require('node:sqlite');
  const database = new DatabaseSync(workerData, { timeout: 0 });
  parentPort.on('message', (mode) => {
    if (mode === null) {
      database.close();
      parentPort.close();
      return;
    }
    let isComplete = false;
    try {
      const { busy, log, checkpointed } = database.prepare('PRAGMA wal_checkpoint(' + mode + ')').get();
      isComplete = busy === 0 && log === checkpointed;
    } catch {}
    parentPort.postMessage(isComplete);
  });
`;

/** Moves a journal's pages into its database, in a thread of its own that starts when it is first needed. One at a time. */
export class SqliteCheckpointer {
  readonly #path: string;
  #thread: Worker | null = null;
  #tell: (isComplete: boolean) => void = () => {};

  constructor(path: string) {
    this.#path = path;
  }

  /** Whether all was moved. Never throws: a thread that ends before it answers has moved nothing; the next call starts another. */
  checkpoint(mode: CheckpointMode): Promise<boolean> {
    this.#thread ??= this.#start();
    this.#thread.ref();
    this.#thread.postMessage(mode);
    return new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  async close(): Promise<void> {
    const thread = this.#thread;
    if (thread === null) return;
    const ended = new Promise((resolve) => thread.once('exit', resolve));
    thread.ref();
    thread.postMessage(null);
    await ended;
  }

  #start(): Worker {
    // A file that was taken away is not made anew.
    const workerData = `${pathToFileURL(this.#path)}?mode=rw`;
    const thread = new Worker(THREAD, { eval: true, workerData });
    thread.on('message', (isComplete: boolean) => {
      // It waits for work, and keeps no process alive.
      thread.unref();
      this.#tell(isComplete);
    });
    // An error ends the thread, which is heard of next.
    thread.on('error', () => {});
    thread.on('exit', () => {
      if (this.#thread === thread) this.#thread = null;
      this.#tell(false);
    });
    return thread;
  }
}
