import type { EntryWrite } from '../ledger/holds.ts';
import { MAX_CHARGES_PER_MESSAGE } from '../ledger/usage-event.ts';
import type { Nanos } from '../money/money.ts';
import { type Documents, ExpectationFailed, StoreUnavailable, type Version, type Write } from '../store/documents.ts';
import { findCommit } from './find-commit.ts';
import { type HoldChange, noChange, type Post, type Step, toChange, toCommit } from './lease-step.ts';
import { LeaseClosed, LeaseOutdated, LeaseUncertain, type StoredLease } from './lease-store.ts';
import { Refused } from './refused.ts';
import { StepLine } from './step-line.ts';

/** Operations that share a commit at most: one message can name all of its charges, and Firestore takes 10 MiB. */
export const MAX_GROUP = MAX_CHARGES_PER_MESSAGE;
/** Waits between two tries of a commit whose outcome is not known. */
export const FIRST_RETRY_MS = 50;
export const LAST_RETRY_MS = 2_000;

/** Errors that say for certain that nothing was applied. */
const knownEnds = [LeaseClosed, LeaseOutdated, Refused];

export interface LeaseQueuePorts {
  documents: Documents;
  /** Monotonic milliseconds. */
  monotonic: () => number;
  /** Unix milliseconds, store's clock. */
  now: () => number;
  pause: (milliseconds: number) => Promise<unknown>;
  /** How long a hold, or its end without a charge, waits for others to share its commit; not at all where it is absent. */
  holdWaitMs?: number;
  /** How long a lease lasts after each commit. */
  lengthMs: number;
}

/** A transaction of its own on the lease: more money, some of it back, or its end. */
interface Turn {
  /** Steps that came before it, ever. */
  after: number;
  act: (lease: StoredLease) => Promise<StoredLease>;
  resolve: (lease: StoredLease) => void;
  reject: (error: Error) => void;
}

/**
 * Everything that an instance writes for one lease, one commit at a time.
 *
 * A commit expects the lease as the one before left it and renews it. While one is under way the next ones gather, and then
 * share a commit; nobody waits for a timer. A commit of which it is not known whether it was applied is sent again as it is,
 * until either it is confirmed or it is refused; then the lease tells which: nobody else writes to it but to close it.
 */
export class LeaseQueue {
  readonly #ports: LeaseQueuePorts;
  #lease: StoredLease;
  readonly #steps: StepLine;
  readonly #turns: Turn[] = [];
  /** What running requests took more since the last step came; written with the next. */
  #grown: Nanos = 0n;
  #running: Promise<void> | null = null;
  /** When the last confirmed commit was sent, monotonic. */
  #confirmedAt: number;
  /** Steps that came, and steps that were taken out of the queue. */
  #came = 0;
  #taken = 0;
  #transactions = 0;
  #commits = 0;

  /** `sentAt`: when the grant was sent, monotonic. */
  constructor(ports: LeaseQueuePorts, lease: StoredLease, sentAt: number) {
    this.#ports = ports;
    this.#lease = lease;
    this.#confirmedAt = sentAt;
    this.#steps = new StepLine({ ...ports, waitMs: ports.holdWaitMs ?? 0 }, () => this.#wake());
  }

  /** As the store has confirmed it; `open: false` once it is lost or closed. */
  get lease(): StoredLease {
    return this.#lease;
  }

  get confirmedAt(): number {
    return this.#confirmedAt;
  }

  get idle(): boolean {
    return this.#running === null;
  }

  /** Operations that wait or are under way. */
  get waiting(): number {
    return this.#steps.length + this.#turns.length;
  }

  get counts(): { commits: number; transactions: number } {
    return { commits: this.#commits, transactions: this.#transactions };
  }

  /**
   * What its requests hold by all that waits, nothing of it freed yet: so much it needs beside what it has spent, after whichever
   * of the next commits.
   */
  get promised(): Nanos {
    return this.#lease.held + this.#grown + this.#steps.need;
  }

  /**
   * Adds writes to the next commit; those of a post with its charge, which is told of with the other charges of the commit.
   * `holds`: the hold that begins with them, or ends. Rejects with `LeaseClosed` where the lease ended before they were applied,
   * with `Refused` where one of them alone cannot be. Where the store does not take them, a hold that ends is freed all the same,
   * before anything else is written; where it does not take that either, the lease ends, and is the sweep's with all that it holds.
   * `mayWait`: for `holdWaitMs`, unless something else is written before, or somebody says `hasten`.
   */
  write(
    writes: readonly Write[],
    holds: HoldChange = noChange,
    post: Post | null = null,
    mayWait = false,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = { writes, post, ...toChange(holds, this.#grown), resolve, reject };
      this.#grown = 0n;
      this.#came++;
      this.#steps.add(step, mayWait);
    });
  }

  /** What waits is written now. */
  hasten(): void {
    this.#steps.hasten();
  }

  /** A running request took so much more. It is written with whatever comes next: nobody waits for it. */
  grow(amount: Nanos): void {
    this.#grown += amount;
  }

  /**
   * A transaction on the lease, after all that came before it: what was posted is in the store when its lease is closed. It
   * must find itself done when it runs a second time. One that returns the lease as it was given it has done nothing in the store.
   */
  turn(act: Turn['act']): Promise<StoredLease> {
    return new Promise((resolve, reject) => {
      this.#turns.push({ after: this.#came, act, resolve, reject });
      this.#wake();
    });
  }

  #wake(): void {
    if (this.#running !== null) return;
    this.#running = this.#run().finally(() => {
      this.#running = null;
      if (this.#isDue) this.#wake();
    });
  }

  get #isDue(): boolean {
    return this.#steps.isDue || this.#turns.length > 0;
  }

  async #run(): Promise<void> {
    while (this.#isDue) {
      // Whatever has come in meanwhile shares the commit: under load there is always something.
      await new Promise((resolve) => setImmediate(resolve));
      if (!this.#lease.open) {
        this.#rejectAll(new LeaseClosed(this.#lease.leaseId));
        return;
      }
      const [turn] = this.#turns;
      const before = turn === undefined ? MAX_GROUP : turn.after - this.#taken;
      if (turn !== undefined && before <= 0) {
        this.#turns.shift();
        await this.#takeTurn(turn);
      } else {
        const group = this.#steps.take(Math.min(before, MAX_GROUP));
        this.#taken += group.length;
        await this.#commit(group);
      }
    }
  }

  async #takeTurn({ act, resolve, reject }: Turn): Promise<void> {
    const sentAt = this.#ports.monotonic();
    try {
      const next = await this.#untilKnown(() => act(this.#lease));
      if (next !== this.#lease) {
        this.#transactions++;
        // A transaction does not tell the version that it made; the next commit reads it.
        this.#lease = { ...next, version: '' };
        this.#confirmedAt = sentAt;
      }
      resolve(this.#lease);
    } catch (error) {
      if (error instanceof LeaseClosed) this.#end();
      reject(error as Error);
    }
  }

  async #commit(group: Step[]): Promise<void> {
    const { documents, monotonic, now, lengthMs } = this.#ports;
    try {
      if (this.#lease.version === '') await this.#untilKnown(() => this.#reread());
    } catch (error) {
      await this.#commitFailed(group, error as Error);
      return;
    }
    const sentAt = monotonic();
    const { next, writes, charges } = toCommit(this.#lease, group, now() + lengthMs);
    try {
      this.#commits++;
      const found = await this.#untilKnown(async () => {
        try {
          const version = await documents.commit(writes);
          return version === null ? this.#findAt(next.seq, charges) : { version, open: true };
        } catch (error) {
          if (error instanceof ExpectationFailed) return this.#findAt(next.seq, charges);
          throw error;
        }
      });
      this.#lease = { ...next, ...found };
      this.#confirmedAt = sentAt;
      for (const { resolve } of group) resolve();
    } catch (error) {
      await this.#commitFailed(group, error as Error);
    }
  }

  async #commitFailed(group: Step[], error: Error): Promise<void> {
    if (error instanceof LeaseClosed) {
      this.#end();
      for (const { reject } of group) reject(error);
      return;
    }
    // One of them cannot be applied, and it does not take the others with it.
    for (const step of group) {
      if (group.length === 1) await this.#stepFailed(step, error);
      else if (this.#lease.open) await this.#commit([step]);
      else step.reject(new LeaseClosed(this.#lease.leaseId));
    }
  }

  async #stepFailed({ anyway, reject }: Step, error: Error): Promise<void> {
    if (anyway.held !== 0n || anyway.running !== 0) {
      const freed = { writes: [], post: null, begins: anyway, anyway: noChange };
      await this.#commit([{ ...freed, resolve() {}, reject: () => this.#end() }]);
    }
    reject(error);
  }

  #findAt(seq: number, charges: readonly EntryWrite[] = []): Promise<{ version: Version; open: boolean }> {
    return findCommit(this.#ports.documents, this.#lease.leaseId, seq, charges);
  }

  async #reread(): Promise<void> {
    const { version, open } = await this.#findAt(this.#lease.seq);
    if (!open) throw new LeaseClosed(this.#lease.leaseId);
    this.#lease = { ...this.#lease, version };
  }

  /** Tries again whatever the store leaves open. What then cannot be tried any more is never known: `LeaseUncertain`. */
  async #untilKnown<T>(act: () => Promise<T>): Promise<T> {
    let isOpen = false;
    for (let wait = FIRST_RETRY_MS; ; wait = Math.min(wait * 2, LAST_RETRY_MS)) {
      try {
        return await act();
      } catch (error) {
        const isKnown = knownEnds.some((each) => error instanceof each);
        const again = error instanceof StoreUnavailable || error instanceof ExpectationFailed;
        if (!again) throw isOpen && !isKnown ? new LeaseUncertain(this.#lease.leaseId, { cause: error }) : error;
        isOpen = true;
      }
      await this.#ports.pause(wait);
    }
  }

  #end(): void {
    this.#lease = { ...this.#lease, open: false };
  }

  #rejectAll(error: Error): void {
    for (const { reject } of [...this.#turns.splice(0), ...this.#steps.take(this.#steps.length)]) reject(error);
  }
}
