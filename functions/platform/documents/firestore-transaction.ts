import type { Document, Transaction, Write } from '../../core/store/documents.ts';
import { ReadTime } from '../../core/store/read-time.ts';
import type { FirestoreCalls, Reading } from './firestore-calls.ts';
import { FirestoreFailure } from './firestore-failure.ts';
import { type Patience, tryAgain } from './firestore-tries.ts';
import { toMilliseconds } from './firestore-values.ts';
import { encodeWrite } from './firestore-writes.ts';
import { gatherReads } from './gather-reads.ts';

export interface TransactionPorts {
  calls: FirestoreCalls;
  patience: Patience;
  /** A document's whole name. */
  nameOf(collection: string, id: string): string;
}

/**
 * Runs the body until its writes are applied together, each time in place of the transaction before. Where it is not known
 * whether they were, it runs once more: it finds what it made.
 */
export function runTransaction<T>(ports: TransactionPorts, body: (transaction: Transaction) => Promise<T>): Promise<T> {
  let last: string | null = null;
  return tryAgain(ports.patience, async (deadline, leaveOpen) => {
    const run = new Run(ports, deadline, last);
    try {
      const result = await body(run);
      await run.commit(leaveOpen);
      return result;
    } catch (error) {
      last = (await run.rollback()) ?? last;
      throw error;
    }
  });
}

class Run implements Transaction {
  readonly #ports: TransactionPorts;
  readonly #deadline: number;
  readonly #insteadOf: string | null;
  readonly #writes: Write[] = [];
  readonly #readTogether = gatherReads((names) => this.#read(names));
  readonly #readTime = new ReadTime();
  readonly readAt = this.#readTime.readAt;
  /** Firestore's id, from the first read on. */
  #id: Promise<string> | null = null;

  constructor(ports: TransactionPorts, deadline: number, insteadOf: string | null) {
    this.#ports = ports;
    this.#deadline = deadline;
    this.#insteadOf = insteadOf;
  }

  async get(collection: string, id: string): Promise<Document | null> {
    if (this.#writes.length > 0) throw new Error('All reads of a transaction come before its first write.');
    return this.#readTogether(this.#ports.nameOf(collection, id));
  }

  write(write: Write): void {
    this.#writes.push(write);
  }

  async commit(leaveOpen: () => void): Promise<void> {
    const { calls, nameOf } = this.#ports;
    if (this.#id === null && this.#writes.length === 0) return;
    const writes = this.#writes.map((write) => encodeWrite(write, nameOf(write.collection, write.id)));
    await calls.commit(writes, await this.#id, this.#deadline, leaveOpen);
  }

  /** Resolves with the transaction's id once it is sure of it. Its locks go by themselves, so nobody waits for their end. */
  async rollback(): Promise<string | null> {
    const id = (await this.#id?.catch(() => null)) ?? null;
    if (id !== null) this.#ports.calls.rollback(id).catch(() => undefined);
    return id;
  }

  /** The first read begins the transaction, and others wait for its id. */
  async #read(names: readonly string[]): Promise<ReadonlyMap<string, Document | null>> {
    const { batchGet } = this.#ports.calls;
    if (this.#id !== null) return this.#toDocuments(await batchGet(names, { id: await this.#id }, this.#deadline));
    const reading = batchGet(names, { begin: { insteadOf: this.#insteadOf } }, this.#deadline);
    this.#id = reading.then(({ transaction }) => {
      if (transaction === null) throw new FirestoreFailure('UNKNOWN', 'The answer names no transaction.');
      return transaction;
    });
    // Whoever waits for the read hears of it.
    this.#id.catch(() => undefined);
    return this.#toDocuments(await reading);
  }

  #toDocuments({ documents, readTime }: Reading): ReadonlyMap<string, Document | null> {
    if (readTime !== '') this.#readTime.note(toMilliseconds(readTime, Math.floor));
    return documents;
  }
}
