import { dayOf, type SpendCaps } from '../ledger/spending.ts';
import { least, type Nanos } from '../money/money.ts';
import { shareOf, type Want } from './allotment.ts';
import { type CapsAtGrant, type CapUse, capsNow } from './cap-use.ts';
import type { Grown } from './lease-grant.ts';
import { LeaseQueue, type LeaseQueuePorts } from './lease-queue.ts';
import { trimLease } from './lease-return.ts';
import type { StoredLease } from './lease-store.ts';

/** Of a lease's length: after this part without a confirmed commit it takes no new hold. */
const STALE_PART = 2 / 3;

/** More money, what is not needed of it back, a lease kept alive, a lease's end. */
export type LeaseTransaction = 'grant' | 'return' | 'renew' | 'close';

export interface LiveLeasePorts extends LeaseQueuePorts {
  /**
   * Transactions on one owner's money take turns within the process: they would only run into each other in the store. Always
   * entered from within a turn of a lease's queue, never the other way round.
   */
  owning: <T>(ownerId: string, act: () => Promise<T>) => Promise<T>;
  /** Hears of what is done in the store beside holds and posts. */
  onTransaction?: (kind: LeaseTransaction) => void;
}

/**
 * A lease as its instance spends it: what the store has confirmed, and what has been promised since. All of it is
 * synchronous; the queue writes it down.
 */
export class LiveLease {
  readonly queue: LeaseQueue;
  readonly #ports: LiveLeasePorts;
  #granted: Nanos;
  /** Posted, confirmed or not. */
  #spent: Nanos;
  #held: Nanos;
  #running: number;
  /** Requests that may run at once; null where nothing limits them. */
  #slots: number | null;
  /** Takes no new hold any more, and ends when its last request has. */
  draining = false;
  /** When it was last used, monotonic. */
  lastUsed: number;
  #caps: CapsAtGrant | null;
  /** As the last grant found them. */
  keyCaps: SpendCaps | null;
  #trimming: Promise<StoredLease> | null = null;

  constructor(ports: LiveLeasePorts, grown: Grown & { lease: StoredLease }, sentAt: number) {
    const { lease, limited, caps, keyCaps } = grown;
    this.#ports = ports;
    this.queue = new LeaseQueue(ports, lease, sentAt);
    this.#granted = lease.granted;
    this.#spent = lease.spent;
    this.#held = lease.held;
    this.#running = lease.running;
    this.#slots = limited ? lease.slots : null;
    this.#caps = caps;
    this.keyCaps = keyCaps;
    this.lastUsed = sentAt;
  }

  get id(): string {
    return this.queue.lease.leaseId;
  }

  get open(): boolean {
    return this.queue.lease.open;
  }

  get granted(): Nanos {
    return this.#granted;
  }

  get free(): Nanos {
    return this.#granted - this.#spent - this.#held;
  }

  get spent(): Nanos {
    return this.#spent;
  }

  get running(): number {
    return this.#running;
  }

  get freeSlots(): number {
    return this.#slots === null ? 0 : this.#slots - this.#running;
  }

  /** How far its key's and its owner's caps are used, as far as it knows. */
  get caps(): CapUse[] {
    return this.#caps === null ? [] : capsNow(this.#caps, { spent: this.#spent, day: this.queue.lease.day });
  }

  /** Whether it has been confirmed lately enough that nobody can have closed it. */
  get fresh(): boolean {
    return this.#ports.monotonic() - this.queue.confirmedAt < this.#ports.lengthMs * STALE_PART;
  }

  /** Whether the day (UTC) that it counts in is over. */
  get outdated(): boolean {
    return dayOf(this.#ports.now()) > this.queue.lease.day;
  }

  /** Takes what a request wants, or where `part` is enough, its share of what there is; null where it cannot. */
  take({ amount, least: enough = amount, slot }: Want, part = false): Nanos | null {
    if (!this.open || (part ? enough : amount) > this.free) return null;
    if (slot) {
      if (this.draining || !this.fresh || this.outdated) return null;
      if (this.#slots !== null && this.#running >= this.#slots) return null;
      this.#running++;
    }
    const taken = shareOf({ amount, least: enough }, this.free);
    this.#held += taken;
    this.lastUsed = this.#ports.monotonic();
    return taken;
  }

  /** A request ends: what it held is free again, but for what it spent. */
  release(held: Nanos, spent: Nanos): void {
    this.#held -= held;
    this.#spent += spent;
    this.#running--;
    this.lastUsed = this.#ports.monotonic();
  }

  /** More was granted, by a transaction of its own. */
  grew({ lease, limited, caps, keyCaps }: Grown): void {
    if (lease === null) return;
    this.#granted = lease.granted;
    this.#slots = limited ? lease.slots : null;
    this.#caps = caps ?? this.#caps;
    this.keyCaps = keyCaps;
  }

  /**
   * Gives back what no running request needs, or only slots; a lease of a day that is over moves into today. Whoever asks while
   * this is under way waits for the same.
   */
  trim(what: 'all' | 'slots' = 'all'): Promise<StoredLease> {
    this.#trimming ??= this.#trim(what).finally(() => {
      this.#trimming = null;
    });
    return this.#trimming;
  }

  async #trim(what: 'all' | 'slots'): Promise<StoredLease> {
    let back: Nanos | null = null;
    let slots = 0;
    const act = (stored: StoredLease) => {
      if (back === null) {
        // What was posted and is not confirmed still counts as held: the store knows of no charge that could free it.
        const spare = this.#granted - stored.spent - this.queue.promised;
        // Nobody may take what is on its way back.
        back = what === 'all' && spare > 0n ? least(spare, this.free) : 0n;
        this.#held += back;
        slots = this.#slots === null ? 0 : this.#running;
        if (this.#slots !== null) this.#slots = slots;
      }
      const held = this.#granted - stored.spent - back;
      const { documents, owning, now, lengthMs } = this.#ports;
      const trim = { leaseId: this.id, seq: stored.seq, held, slots, now: now(), lengthMs };
      this.#ports.onTransaction?.('return');
      return owning(stored.ownerId, () => trimLease(documents, trim));
    };
    try {
      const lease = await this.queue.turn(act);
      this.#granted = lease.granted;
      return lease;
    } finally {
      // Where it could not be given back it is free again.
      this.#held -= back ?? 0n;
    }
  }

  /** Keeps it alive while its requests have nothing to write. */
  async renew(): Promise<void> {
    this.#ports.onTransaction?.('renew');
    await this.queue.write([]);
  }
}
