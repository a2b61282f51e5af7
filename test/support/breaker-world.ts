import { type Breaker, fromBreaker, toBreaker } from '../../functions/core/health/breaker.ts';
import type { BreakerChange, Entry } from '../../functions/core/health/breaker-entry.ts';
import { FailureRows } from '../../functions/core/health/failure-rows.ts';
import type { Count } from '../../functions/core/health/outcome-window.ts';
import { OwnProblem } from '../../functions/core/health/own-problem.ts';
import { type BreakersOptions, SharedBreakers } from '../../functions/core/health/shared-breakers.ts';
import type { Change, Document, Documents, Query, Transaction } from '../../functions/core/store/documents.ts';

/**
 * The pieces of one instance's breakers over a store of one document, which tells nobody of changes: what others write is
 * heard of only where a test says so. Waits and transactions end when the test says so.
 */
export class BreakerWorld {
  /** Of all clocks. Milliseconds. */
  time = 1_000_000;
  chance = 0.5;
  /** What all instances have lately seen. */
  seen: Count = { all: 0, failed: 0 };
  /** The same of all but this one. */
  elsewhere: Count = { all: 0, failed: 0 };
  /** What the store has. */
  stored: Breaker | null = null;
  transactions = 0;
  /** What transactions fail with. */
  fault: Error | null = null;
  readonly changes: BreakerChange[] = [];
  readonly generations: number[] = [];
  readonly troubles: unknown[] = [];
  /** Waits under way, the oldest first. */
  readonly waits: { milliseconds: number; end: () => void }[] = [];
  readonly ownProblem = new OwnProblem(() => this.time);
  readonly options: BreakersOptions;
  readonly shared: SharedBreakers;
  readonly rows: FailureRows;
  readonly entry: Entry;
  readonly #listeners: ((changes: Change[]) => void)[] = [];
  #held: Promise<void> = Promise.resolve();
  #before: Promise<unknown> = Promise.resolve();
  readonly #tx: Transaction = {
    get: async (_collection, id) => (this.stored === null ? null : toDocument(id, this.stored)),
    readAt: () => this.time,
    write: (write) => {
      if (write.kind === 'set')
        this.stored = toBreaker({ id: write.id, version: '1', data: write.data as Document['data'] });
    },
  };

  constructor() {
    let ids = 0;
    this.options = {
      documents: Object.assign({} as Documents, {
        transaction: this.#transaction.bind(this),
        listen: (_query: Query, onChanges: (changes: Change[]) => void) => {
          this.#listeners.push(onChanges);
          return () => {};
        },
      }),
      now: () => this.time,
      monotonic: () => this.time,
      pause: (milliseconds) => new Promise<void>((end) => this.waits.push({ milliseconds, end })),
      random: () => this.chance,
      mintId: (prefix) => `${prefix}_${++ids}`,
      outcomes: () => this.seen,
      elsewhere: () => this.elsewhere,
      onChange: (change) => this.changes.push(change),
      onGeneration: (_id, { generation }) => this.generations.push(generation),
      onTrouble: (error) => this.troubles.push(error),
    };
    this.shared = new SharedBreakers(this.options, this.ownProblem);
    this.rows = new FailureRows(this.options, this.shared, this.ownProblem);
    this.entry = this.shared.entryOf('acme/large');
  }

  /** Ends the oldest wait, and lets what it holds up go on. */
  async endWait(): Promise<void> {
    this.waits.shift()?.end();
    await this.settle();
  }

  /** Listeners hear of a breaker. */
  tell(breaker: Breaker): void {
    const document = toDocument('acme_large', breaker);
    for (const listener of this.#listeners) listener([{ kind: 'set', document }]);
  }

  /** Transactions get no answer until the returned function is called. */
  hold(): () => Promise<void> {
    let release = () => {};
    this.#held = new Promise((resolve) => {
      release = resolve;
    });
    return () => {
      release();
      return this.settle();
    };
  }

  /** Everything that waits for nothing has been done: it takes no timer, so one turn of the event loop is enough. */
  async settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** One after the other, as if each had seen all before it. */
  #transaction<T>(body: (tx: Transaction) => Promise<T>): Promise<T> {
    this.transactions++;
    const result = this.#before
      .then(() => this.#held)
      .then(() => {
        if (this.fault !== null) throw this.fault;
        return body(this.#tx);
      });
    this.#before = result.catch(() => {});
    return result;
  }
}

function toDocument(id: string, breaker: Breaker): Document {
  return { id, version: '1', data: fromBreaker('acme/large', breaker) as Document['data'] };
}
