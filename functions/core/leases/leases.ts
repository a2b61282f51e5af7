import { type Alert, alertWrite } from '../alerts/alerts.ts';
import { MeshError } from '../errors.ts';
import { createTurns } from '../in-turn.ts';
import {
  type Charge,
  costInNanos,
  type Hold,
  HoldResolved,
  holdWrite,
  type Posting,
  postWrites,
  splitCost,
  voidWrite,
} from '../ledger/ledger.ts';
import type { FxRate } from '../money/fx.ts';
import { type Currency, formatAmount, type Nanos } from '../money/money.ts';
import { type Documents, ExpectationFailed, type Fields, StoreUnavailable, type Write } from '../store/documents.ts';
import type { Want } from './allotment.ts';
import { Refused } from './lease-queue.ts';
import {
  closeLease,
  type Grown,
  growLease,
  LEASES,
  LeaseClosed,
  LeaseOutdated,
  type StoredLease,
  toLease,
} from './lease-store.ts';
import { LiveLease, type LiveLeasePorts } from './live-lease.ts';
import { leasesOf, noteFill, openPurse, type Purse, planAhead, runsLow, serve } from './purse.ts';
import { type Refusal, refusalError } from './refusal.ts';

/** How long a lease lasts after its last commit, unless the operator says otherwise. */
export const LEASE_SECONDS = 60;
/** Of that: a lease without a commit is renewed after this part, and an unused one goes back after that part. */
const RENEW_PART = 1 / 3;
const IDLE_PART = 1 / 6;

/** How long a request waits for the store to grant what it needs. */
export const GRANT_WAIT_MS = 10_000;
/** How long it waits for other instances to give back what they do not need. */
export const RECALL_WAIT_MS = 2_000;
const RECALL_POLL_MS = 150;
/** An owner's money is called back this often at most. */
const RECALL_INTERVAL_MS = 600;
const GRANT_RETRY_MS = 100;

/** Requests of one key that may wait for money at once. */
export const MAX_WAITING = 10_000;
/** Open leases of an owner that are looked at when its money is called back. */
const MAX_OWNER_LEASES = 1_000;

export interface LeasePorts extends Pick<LiveLeasePorts, 'onTransaction'> {
  documents: Documents;
  /** Unique for each start of a process. */
  instanceId: string;
  /** Monotonic milliseconds. */
  monotonic: () => number;
  /** Unix milliseconds, store's clock. */
  now: () => number;
  pause: (milliseconds: number) => Promise<unknown>;
  mintId: (prefix: string) => string;
  lengthMs: number;
  /** For caps in dollars of owners who pay in rupees. */
  rate: () => FxRate;
  /** Asks the other instances to give back what an owner's leases do not need. */
  recall: (ownerId: string) => Promise<void>;
  onAlerts: (alerts: Alert[]) => void;
}

export interface HoldRequest {
  requestId: string;
  ownerId: string;
  keyId: string;
  /** Id of the key's document. */
  keyHash: string;
  currency: Currency;
  amount: Nanos;
  fx: FxRate;
  /** Written with the hold, all or nothing: `durable` rejects with `Refused` where it cannot be. */
  also?: readonly Write[];
  /** What else the hold's document says. */
  facts?: Fields;
}

/** A hold with its place in memory. */
export interface LiveHold extends Hold {
  /** Resolves when the hold is in the store; rejects with `LeaseClosed` where it never will be. */
  readonly durable: Promise<void>;
}

/** What became of a charge: `lost` where the lease had ended before, so that nobody pays. */
export interface Posted extends Posting {
  lost: boolean;
}

export interface Leases {
  /** Takes the most that a request can cost. Throws `spend_limit_exceeded`, `rate_limit_exceeded`, `StoreUnavailable`. */
  hold(request: HoldRequest): Promise<LiveHold>;
  /** Takes more for a running request; false where there is no more. */
  grow(hold: LiveHold, amount: Nanos): Promise<boolean>;
  /**
   * Charges what a request cost and frees the rest of its hold; resolves when the store has confirmed it. Exactly once for
   * each hold: a second resolution throws `HoldResolved`.
   */
  post(hold: LiveHold, charge: Charge): Promise<Posted>;
  /** Frees all of a hold: nothing was delivered. `also` is written with it. Resolves when the store has confirmed it. */
  void(hold: LiveHold, also?: readonly Write[]): Promise<void>;
  /** Renews what is in use, gives back what is idle. Call it about once a second. */
  tick(): void;
  /** Gives back what no running request of the owner needs. */
  giveBack(ownerId: string): Promise<void>;
  /** The key's or its owner's limits have changed: its leases take no new hold. */
  drop(names: { keyId?: string; ownerId?: string }): void;
  /** Gives everything back. */
  close(): Promise<void>;
  /** Operations that wait for the store. */
  waiting(): number;
  counts(): { transactions: number; commits: number; holds: number };
}

interface HoldState extends LiveHold {
  amount: Nanos;
  durable: Promise<void>;
  readonly lease: LiveLease;
  readonly purse: Purse;
  resolved: boolean;
}

export function createLeases(ports: LeasePorts): Leases {
  const { documents, monotonic, now, pause } = ports;
  const purses = new Map<string, Purse>();
  const owning = createTurns<string>();
  const recalledAt = new Map<string, number>();
  let closing = false;
  let transactions = 0;
  let holds = 0;
  const ended = { transactions: 0, commits: 0 };

  function purseOf(request: HoldRequest): Purse {
    const purse = purses.get(request.keyId) ?? openPurse(request);
    purses.set(request.keyId, purse);
    return purse;
  }

  function pursesOf(ownerId: string): Purse[] {
    return [...purses.values()].filter((purse) => purse.ownerId === ownerId);
  }

  function makeHold(request: HoldRequest, purse: Purse, lease: LiveLease): HoldState {
    const { requestId, ownerId, keyId, currency, amount, fx, facts = {}, also = [] } = request;
    const hold = { requestId, ownerId, keyId, currency, amount, fx };
    const durable = lease.queue.write([holdWrite(hold, lease.id, new Date(now()), facts), ...also]);
    durable.catch(() => {});
    holds++;
    return { ...hold, durable, lease, purse, resolved: false };
  }

  /** Waits until money can be taken. `wanted` is taken by whoever comes first in the queue and fits. */
  function wait<T>(purse: Purse, want: Want, take: (lease: LiveLease) => T | null): Promise<T> {
    if (closing || purse.waiters.size >= MAX_WAITING) {
      throw new MeshError('provider_not_available', { message: 'Too many requests wait.', retryAfterSeconds: 1 });
    }
    return new Promise((resolve, reject) => {
      purse.waiters.add({
        want,
        take(lease) {
          const taken = take(lease);
          if (taken === null) return false;
          resolve(taken);
          return true;
        },
        reject,
        since: monotonic(),
        refusedAt: null,
      });
      void fill(purse);
    });
  }

  /** Gets money for those who wait, and some ahead for a busy key. One runs for each key. */
  async function fill(purse: Purse): Promise<void> {
    if (purse.filling) return;
    purse.filling = true;
    try {
      do await fillOnce(purse);
      while (purse.waiters.size > 0);
    } catch (error) {
      rejectAll(purse, error as Error);
    } finally {
      purse.filling = false;
      tidy(purse);
    }
  }

  async function fillOnce(purse: Purse): Promise<void> {
    try {
      const grown = await getMore(purse);
      serve(purse);
      if (grown.refusal !== null && purse.waiters.size > 0) await refuse(purse, grown, grown.refusal);
    } catch (error) {
      // The lease ended before it grew: the next one is opened.
      if (error instanceof LeaseClosed) return;
      if (!(error instanceof StoreUnavailable || error instanceof ExpectationFailed)) throw error;
      giveUpOld(purse, error);
      if (purse.waiters.size > 0) await pause(GRANT_RETRY_MS);
    }
  }

  /** Opens a lease or adds to the one there is. */
  async function getMore(purse: Purse): Promise<Grown> {
    const lease = await usableLease(purse);
    const waiting = [...purse.waiters].map(({ want }) => want);
    const wanted = waiting.reduce((sum, { amount }) => sum + amount, 0n);
    const ahead = planAhead(purse, wanted, monotonic());
    if (lease !== null) return growOpen(purse, lease, waiting, ahead);
    return openNew(purse, waiting, ahead);
  }

  /** The purse's lease, confirmed and of today; null where there is none that could take a new hold. */
  async function usableLease(purse: Purse): Promise<LiveLease | null> {
    const { lease } = purse;
    if (lease === null) return null;
    try {
      if (lease.open && lease.outdated) await lease.trim();
      if (lease.open && !lease.fresh) await lease.renew();
    } catch (error) {
      if (!(error instanceof LeaseClosed)) throw error;
    }
    if (lease.open && !lease.draining) return lease;
    retire(purse, lease);
    return null;
  }

  function retire(purse: Purse, lease: LiveLease): void {
    if (purse.lease === lease) purse.lease = null;
    lease.draining = true;
    purse.draining.add(lease);
  }

  function ask(purse: Purse, leaseId: string, seq: number | null, lease: LiveLease | null) {
    const { ownerId, keyId, keyHash } = purse;
    return {
      leaseId,
      seq,
      instanceId: ports.instanceId,
      ownerId,
      keyId,
      keyHash,
      free: lease?.free ?? 0n,
      freeSlots: lease?.freeSlots ?? 0,
      fx: ports.rate(),
      now: now(),
      lengthMs: ports.lengthMs,
    };
  }

  async function openNew(purse: Purse, wants: Want[], ahead: Nanos): Promise<Grown> {
    purse.newLeaseId ??= ports.mintId('lea');
    const leaseId = purse.newLeaseId;
    const sentAt = monotonic();
    transactions++;
    ports.onTransaction?.('grant');
    try {
      const grown = await owning(purse.ownerId, () =>
        growLease(documents, { ...ask(purse, leaseId, null, null), wants, ahead, owed: 0n }),
      );
      purse.newLeaseId = null;
      heed(grown);
      if (grown.lease !== null) {
        purse.lease = new LiveLease({ ...ports, owning }, { ...grown, lease: grown.lease }, sentAt);
        noteFill(purse, 0n, monotonic());
      }
      return grown;
    } catch (error) {
      // It was opened, not heard of, and closed again since.
      if (error instanceof LeaseClosed) purse.newLeaseId = null;
      throw error;
    }
  }

  async function growOpen(
    purse: Purse,
    lease: LiveLease,
    wants: readonly Want[],
    ahead: Nanos,
    owed: Nanos = 0n,
  ): Promise<Grown> {
    let grown: Grown | null = null;
    try {
      await lease.queue.turn((stored) =>
        owning(purse.ownerId, async () => {
          ports.onTransaction?.('grant');
          grown = await growLease(documents, {
            ...ask(purse, lease.id, stored.seq, lease),
            wants,
            ahead,
            owed,
          });
          return grown.lease ?? stored;
        }),
      );
    } catch (error) {
      if (!(error instanceof LeaseOutdated)) throw error;
      await lease.trim();
      return growOpen(purse, lease, wants, ahead, owed);
    }
    const result = grown as Grown | null;
    if (result === null) throw new LeaseClosed(lease.id);
    lease.grew(result);
    heed(result);
    if (purse.lease === lease) noteFill(purse, lease.spent, monotonic());
    return result;
  }

  function heed({ alerts }: { alerts: Alert[] }): void {
    if (alerts.length > 0) ports.onAlerts(alerts);
  }

  /** Those who cannot be served: whoever has waited long enough is refused, for the others money is looked for. */
  async function refuse(purse: Purse, grown: Grown, refusal: Refusal): Promise<void> {
    const at = monotonic();
    for (const waiter of purse.waiters) waiter.refusedAt ??= at;
    const mayComeBack = await makeRoom(purse, grown, refusal);
    const late = [...purse.waiters].filter(
      ({ refusedAt }) => !mayComeBack || (refusedAt !== null && monotonic() - refusedAt >= RECALL_WAIT_MS),
    );
    if (late.length === 0) return;
    const reserved = await reservedOf(purse.ownerId);
    for (const waiter of late) {
      if (!purse.waiters.delete(waiter)) continue;
      waiter.reject(refusalError(refusal, waiter.want.amount, purse.currency, reserved));
    }
  }

  /** Whether there is any use in asking again: something was given back, or may be within a moment. */
  async function makeRoom(purse: Purse, grown: Grown, refusal: Refusal): Promise<boolean> {
    const others = pursesOf(purse.ownerId).filter((other) => other !== purse);
    const idle = others.flatMap(({ lease, waiters }) =>
      lease?.open && waiters.size === 0 && (lease.free > 0n || lease.freeSlots > 0) ? [lease] : [],
    );
    if (idle.length > 0) {
      await Promise.all(idle.map((lease) => lease.trim().catch(ignoreClosed)));
      return true;
    }
    const own = pursesOf(purse.ownerId).flatMap(leasesOf);
    const ownGranted = own.reduce((sum, lease) => sum + (lease.open ? lease.granted : 0n), 0n);
    const bySlots = refusal.limit !== null;
    if (grown.ownerLeased <= ownGranted && !bySlots) return false;
    const ids = new Set(own.map(({ id }) => id));
    const foreign = (await openLeasesOf(purse.ownerId)).filter(({ leaseId }) => !ids.has(leaseId));
    if (foreign.length === 0) return false;
    const expired = foreign.filter(({ expiresAt }) => expiresAt <= now());
    if (expired.length > 0) {
      for (const _ of expired) ports.onTransaction?.('close');
      const closed = await Promise.all(
        expired.map(({ leaseId }) =>
          owning(purse.ownerId, () => closeLease(documents, leaseId, { expiredAt: now() }, ports.rate())),
        ),
      );
      for (const each of closed) if (each !== null) heed(each);
      return true;
    }
    await callBack(purse.ownerId);
    await pause(RECALL_POLL_MS);
    return true;
  }

  async function callBack(ownerId: string): Promise<void> {
    const at = monotonic();
    if (at - (recalledAt.get(ownerId) ?? Number.NEGATIVE_INFINITY) < RECALL_INTERVAL_MS) return;
    recalledAt.set(ownerId, at);
    await ports.recall(ownerId);
  }

  async function openLeasesOf(ownerId: string): Promise<StoredLease[]> {
    const found = await documents.query({
      collection: LEASES,
      where: [
        { field: 'owner_id', op: '==', value: ownerId },
        { field: 'status', op: '==', value: 'open' },
      ],
      limit: MAX_OWNER_LEASES,
    });
    return found.map(toLease);
  }

  /** What running requests hold, and may still give back. */
  async function reservedOf(ownerId: string): Promise<Nanos> {
    const open = await openLeasesOf(ownerId);
    const unspent = open.reduce((sum, { granted, spent }) => sum + granted - spent, 0n);
    const own = pursesOf(ownerId).flatMap(leasesOf);
    const free = own.reduce((sum, lease) => sum + (lease.open ? lease.free : 0n), 0n);
    return unspent > free ? unspent - free : 0n;
  }

  function giveUpOld(purse: Purse, error: Error): void {
    const at = monotonic();
    for (const waiter of purse.waiters) {
      if (!closing && at - waiter.since < GRANT_WAIT_MS) continue;
      purse.waiters.delete(waiter);
      waiter.reject(error);
    }
  }

  function rejectAll(purse: Purse, error: Error): void {
    for (const { reject } of purse.waiters) reject(error);
    purse.waiters.clear();
  }

  function fetchAhead(purse: Purse): void {
    if (!purse.filling && !closing && runsLow(purse, monotonic())) void fill(purse);
  }

  function resolve(hold: LiveHold): HoldState {
    const state = hold as HoldState;
    if (state.resolved) throw new HoldResolved(hold.requestId);
    state.resolved = true;
    return state;
  }

  async function closeLive(purse: Purse, lease: LiveLease): Promise<void> {
    retire(purse, lease);
    try {
      await lease.queue.turn((stored) =>
        owning(purse.ownerId, async () => {
          ports.onTransaction?.('close');
          const when = { seq: stored.seq, now: now() };
          const closed = await closeLease(documents, lease.id, when, ports.rate());
          if (closed !== null) heed(closed);
          return { ...stored, open: false };
        }),
      );
    } catch (error) {
      ignoreClosed(error);
    } finally {
      forget(purse, lease);
    }
  }

  function forget(purse: Purse, lease: LiveLease): void {
    purse.draining.delete(lease);
    ended.transactions += lease.queue.counts.transactions;
    ended.commits += lease.queue.counts.commits;
    tidy(purse);
  }

  /** Nothing is kept of a key that is not in use. */
  function tidy(purse: Purse): void {
    if (purse.lease !== null || purse.draining.size > 0 || purse.waiters.size > 0 || purse.filling) return;
    if (purse.newLeaseId !== null) return;
    purses.delete(purse.keyId);
    recalledAt.delete(purse.ownerId);
  }

  function tend(purse: Purse, lease: LiveLease): void {
    const at = monotonic();
    if (!lease.open) {
      retire(purse, lease);
      if (lease.running === 0 && lease.queue.idle) forget(purse, lease);
      return;
    }
    if (!lease.queue.idle) return;
    const isUnused = lease.draining || at - lease.lastUsed >= ports.lengthMs * IDLE_PART;
    if (lease.running === 0 && isUnused) void closeLive(purse, lease);
    else if (lease.outdated) lease.trim().catch(ignoreClosed);
    else if (at - lease.queue.confirmedAt >= ports.lengthMs * RENEW_PART) lease.renew().catch(ignoreClosed);
  }

  return {
    async hold(request) {
      const purse = purseOf(request);
      const want = { amount: request.amount, slot: true };
      const take = (lease: LiveLease) => (lease.take(want) ? makeHold(request, purse, lease) : null);
      const taken = purse.lease !== null && purse.waiters.size === 0 ? take(purse.lease) : null;
      if (taken !== null) {
        fetchAhead(purse);
        return taken;
      }
      return wait(purse, want, take);
    },

    async grow(hold, amount) {
      const state = hold as HoldState;
      const { lease, purse } = state;
      const want = { amount, slot: false };
      for (const startedAt = monotonic(); !state.resolved; ) {
        if (lease.take(want)) {
          state.amount += amount;
          fetchAhead(purse);
          return true;
        }
        try {
          const grown = await growOpen(purse, lease, [want], planAhead(purse, amount, monotonic()));
          if (grown.refusal === null) continue;
          const mayComeBack = await makeRoom(purse, grown, grown.refusal);
          if (!mayComeBack || monotonic() - startedAt >= RECALL_WAIT_MS) return false;
        } catch (error) {
          if (error instanceof LeaseClosed) return false;
          throw error;
        }
      }
      return false;
    },

    async post(hold, charge) {
      const { lease, purse, durable } = resolve(hold);
      const { amount: held } = hold;
      const cost = costInNanos(charge, hold);
      try {
        await durable;
        // What was not foreseen comes from the lease, then from the balance, within caps.
        const beyond = cost - held;
        if (beyond > lease.free && beyond > 0n) {
          await growOpen(purse, lease, [], 0n, beyond - lease.free);
        }
        if (lease.outdated) await lease.trim();
      } catch (error) {
        lease.release(held, 0n);
        return lost(error, hold.requestId, cost);
      }
      const more = lease.free > 0n ? lease.free : 0n;
      const posting = splitCost(cost, held, more);
      lease.release(held, posting.amount);
      serve(purse);
      const at = new Date(Math.max(now(), Date.parse(lease.queue.lease.day)));
      const { charge: entry, others } = postWrites(hold, charge, posting, at);
      const alerts = posting.overage + posting.writtenOff > 0n ? [overageAlert(hold, posting, at)] : [];
      try {
        const post = { charge: entry, spent: posting.amount };
        await lease.queue.write([...others, ...alerts.map(alertWrite)], post);
      } catch (error) {
        return lost(error, hold.requestId, cost);
      }
      heed({ alerts });
      return { ...posting, lost: false };
    },

    async void(hold, also = []) {
      const { lease, purse, durable } = resolve(hold);
      try {
        // Until its end is in the queue the request counts as running: a lease is not closed over it.
        await durable.finally(() => lease.release(hold.amount, 0n));
        serve(purse);
        await lease.queue.write([voidWrite(hold), ...also]);
      } catch (error) {
        // What was never written needs no undoing; what its lease left behind is the sweep's.
        if (!(error instanceof Refused)) ignoreClosed(error);
      }
    },

    tick() {
      for (const purse of purses.values()) {
        for (const lease of leasesOf(purse)) tend(purse, lease);
        if (purse.waiters.size > 0) giveUpOld(purse, new StoreUnavailable('The store did not answer in time.'));
      }
    },

    async giveBack(ownerId) {
      const leases = pursesOf(ownerId).flatMap((purse) => {
        purse.block = 0n;
        return purse.waiters.size === 0 ? leasesOf(purse).map((lease) => ({ purse, lease })) : [];
      });
      await Promise.all(
        leases.map(async ({ purse, lease }) => {
          if (!lease.open || (lease.free === 0n && lease.freeSlots === 0)) return;
          if (lease.running === 0) await closeLive(purse, lease);
          else await lease.trim().catch(ignoreClosed);
        }),
      );
    },

    drop({ keyId, ownerId }) {
      for (const purse of purses.values()) {
        if (purse.keyId !== keyId && purse.ownerId !== ownerId) continue;
        if (purse.lease !== null) retire(purse, purse.lease);
      }
    },

    async close() {
      closing = true;
      const open = [...purses.values()].flatMap((purse) => leasesOf(purse).map((lease) => ({ purse, lease })));
      await Promise.all(
        open.map(({ purse, lease }) => (lease.open && lease.running === 0 ? closeLive(purse, lease) : null)),
      );
    },

    waiting() {
      let waiting = 0;
      for (const purse of purses.values()) {
        waiting += purse.waiters.size;
        for (const lease of leasesOf(purse)) waiting += lease.queue.waiting;
      }
      return waiting;
    },

    counts() {
      const all = [...purses.values()].flatMap(leasesOf).map(({ queue }) => queue.counts);
      return {
        transactions: all.reduce((sum, each) => sum + each.transactions, transactions + ended.transactions),
        commits: all.reduce((sum, each) => sum + each.commits, ended.commits),
        holds,
      };
    },
  };
}

/** The outcome of a charge whose lease had ended: nobody pays. Any other failure is a failure. */
function lost(error: unknown, requestId: string, cost: Nanos): Posted {
  if (error instanceof LeaseClosed) return { amount: 0n, overage: 0n, writtenOff: cost, lost: true };
  throw error instanceof Refused ? new HoldResolved(requestId) : error;
}

function ignoreClosed(error: unknown): void {
  if (!(error instanceof LeaseClosed)) throw error;
}

function overageAlert({ requestId, ownerId, keyId, currency }: Hold, posting: Posting, at: Date): Alert {
  return {
    kind: 'overage',
    subject: requestId,
    at,
    facts: {
      request_id: requestId,
      owner_id: ownerId,
      key_id: keyId,
      currency,
      overage: formatAmount(posting.overage),
      written_off: formatAmount(posting.writtenOff),
    },
  };
}
