import type { Alert } from '../alerts/alerts.ts';
import { KEYS } from '../keys.ts';
import { readOwner, writeOwner } from '../ledger/owners.ts';
import { capsInUse, dueAlerts, writeAlerts } from '../ledger/spend-alerts.ts';
import {
  addSpending,
  dayOf,
  fromSpending,
  onDay,
  SPENDING,
  type Spending,
  toSpendCaps,
  toSpending,
} from '../ledger/spending.ts';
import type { FxRate } from '../money/fx.ts';
import { type Currency, least, type Nanos } from '../money/money.ts';
import { toNanos } from '../money/to-nanos.ts';
import { documentId, shardOf } from '../store/document-id.ts';
import type { Document, Documents, Fields, Transaction, Version } from '../store/documents.ts';
import { transact } from '../store/transact.ts';
import { allot, concurrencyLimits, leastRoom, leastSlots, type Want } from './allotment.ts';
import type { Refusal } from './refusal.ts';

/**
 * Leases in the store: `leases/{lease}`, a block of an owner's money that one instance may spend for one key.
 *
 * Granting moves money from the owner's `available` to `leased`, and counts it against every cap of the owner and the key,
 * in one transaction. An owner's `leased` is what open leases were granted, spent or not. Each write to a lease expects it
 * open at `seq` n and makes it n + 1; only its own instance writes to it, but for whoever closes it when it has expired. So
 * of the sweep and an instance that is late exactly one wins, and the loser can tell from `seq` that it lost.
 */
export const LEASES = 'leases';

/** A lease that somebody else closed, whose holds have not been voided yet. */
export const EXPIRED = 'expired';

/** Leases are found by their end within one of so many parts: one index over all of them would be a hot spot. */
export const LEASE_SHARDS = 16;

/** Of what is available beyond the requests that wait, a grant takes at most this part: others need some too. */
const AHEAD_PART = 8n;

export interface StoredLease {
  leaseId: string;
  ownerId: string;
  keyId: string;
  currency: Currency;
  /** The day (UTC) that its spending counts in. */
  day: string;
  granted: Nanos;
  spent: Nanos;
  /** Requests it may run at once; counted only where the key or its owner has a limit of them. */
  slots: number;
  seq: number;
  open: boolean;
  /** Unix milliseconds, store's clock. */
  expiresAt: number;
  version: Version;
}

/** Thrown when a lease is not open any more: it expired and somebody closed it. Nothing was changed. */
export class LeaseClosed extends Error {
  constructor(leaseId: string) {
    super(`Lease ${leaseId} is closed.`);
    this.name = 'LeaseClosed';
  }
}

/** Thrown when a lease still counts in a day that is over: `trimLease` moves it on. Nothing was changed. */
export class LeaseOutdated extends Error {
  constructor(leaseId: string) {
    super(`Lease ${leaseId} is of a day that is over.`);
    this.name = 'LeaseOutdated';
  }
}

export interface Ask {
  leaseId: string;
  /** Where the lease stands; null for one that is to be opened. */
  seq: number | null;
  instanceId: string;
  ownerId: string;
  keyId: string;
  /** Id of the key's document. */
  keyHash: string;
  /** In the order of their coming; those that fit are granted, smaller ones past larger ones. */
  wants: readonly Want[];
  /** Money and slots of the lease that are free. */
  free: Nanos;
  freeSlots: number;
  /** What would be welcome besides, of which an eighth of what is left is granted at most. */
  ahead: Nanos;
  /** What was used already and is owed: granted as far as there is anything. */
  owed: Nanos;
  /** For caps in dollars of an owner who pays in rupees. */
  fx: FxRate;
  /** Unix milliseconds, store's clock. */
  now: number;
  lengthMs: number;
}

export interface Grown {
  /** Null where nothing was granted to a lease that was to be opened. */
  lease: StoredLease | null;
  /** Why not everything that was wanted is granted; null where it is. */
  refusal: Refusal | null;
  /** What all open leases of the owner were granted, this one included. */
  ownerLeased: Nanos;
  /** Whether requests that run at once are limited. */
  limited: boolean;
  alerts: Alert[];
}

/**
 * Opens a lease or adds to one. Runs again after it was applied without harm: the lease tells. Throws `LeaseClosed` and
 * `LeaseOutdated`.
 */
export function growLease(documents: Documents, ask: Ask): Promise<Grown> {
  return transact(documents, async (tx) => {
    const found = await readLease(tx, ask.leaseId, ask.seq);
    const { lease } = found;
    const [owner, key, record] = await Promise.all([
      readOwner(tx, ask.ownerId),
      tx.get(KEYS, ask.keyHash),
      tx.get(SPENDING, documentId(ask.keyId)),
    ]);
    const limits = concurrencyLimits(owner, key);
    const limited = limits.length > 0;
    if (found.applied) return { lease, refusal: null, ownerLeased: owner.leased, limited, alerts: [] };

    const today = latest(dayOf(ask.now), owner.spending.day, toSpending(record?.data.spending).day);
    const own = onDay(owner.spending, today);
    const ofKey = onDay(toSpending(record?.data.spending), today);
    const caps = {
      owner: toSpendCaps(owner.document, owner.currency, ask.fx),
      key: key === null ? null : toSpendCaps(key, owner.currency, ask.fx),
    };
    if (lease !== null && lease.day !== today) throw new LeaseOutdated(ask.leaseId);
    const room = leastRoom(owner, own, caps.owner, ofKey, caps.key, today);
    const slotRoom = leastSlots(limits, { owner: own.slots, key: ofKey.slots });
    const { met, taken, slots, refusal } = allot(ask, room, slotRoom);
    const base = { ownerLeased: owner.leased, limited };
    const unspent = lease === null ? 0n : lease.granted - lease.spent;
    if (refusal !== null && met === 0) {
      const reached = refusal.reason === 'key_cap' || refusal.reason === 'owner_cap' ? refusal : null;
      const used = capsInUse({ ownerId: ask.ownerId, keyId: ask.keyId, own, ofKey, caps, unspent, reached });
      const alerts = await dueAlerts(tx, used, null, ask.now);
      writeAlerts(tx, alerts);
      return { ...base, lease, refusal, alerts };
    }

    const needed = taken > ask.free ? taken - ask.free : 0n;
    const owed = least(ask.owed, room.amount - needed);
    const spare = room.amount - needed - owed;
    const ahead = refusal === null ? least(ask.ahead, spare / AHEAD_PART) : 0n;
    const given = needed + owed + ahead;
    const next: StoredLease = {
      leaseId: ask.leaseId,
      ownerId: ask.ownerId,
      keyId: ask.keyId,
      currency: owner.currency,
      day: today,
      spent: lease?.spent ?? 0n,
      granted: (lease?.granted ?? 0n) + given,
      slots: (lease?.slots ?? 0) + slots,
      seq: (lease?.seq ?? 0) + 1,
      open: true,
      expiresAt: ask.now + ask.lengthMs,
      version: '',
    };
    const ownAfter = addSpending(own, today, given, slots);
    const keyAfter = addSpending(ofKey, today, given, slots);
    const after = { available: owner.available - given, leased: owner.leased + given };
    const used = capsInUse({
      ownerId: ask.ownerId,
      keyId: ask.keyId,
      own: ownAfter,
      ofKey: keyAfter,
      caps,
      unspent: next.granted - next.spent,
      reached: null,
    });
    const alerts = await dueAlerts(
      tx,
      used,
      { owner, remaining: after.available + after.leased - next.spent },
      ask.now,
    );
    writeAlerts(tx, alerts);
    writeOwner(tx, owner, { ...after, spending: ownAfter });
    writeKeySpending(tx, record, ask, keyAfter);
    const opened = { instance_id: ask.instanceId, key_hash: ask.keyHash, opened_at: new Date(ask.now) };
    writeLease(tx, found.document, next, lease === null ? opened : {});
    return { ...base, lease: next, refusal, ownerLeased: after.leased, alerts };
  });
}

export interface Trim {
  leaseId: string;
  seq: number;
  /** What running requests hold, and what was posted and is not confirmed. */
  held: Nanos;
  /** The slots it keeps. */
  slots: number;
  now: number;
  lengthMs: number;
}

/**
 * Gives back what a lease does not need, and of a lease from before midnight (UTC) moves what it holds into today's windows:
 * what is posted on a day counts in that day.
 */
export function trimLease(
  documents: Documents,
  { leaseId, seq, held, slots, now, lengthMs }: Trim,
): Promise<StoredLease> {
  return transact(documents, async (tx) => {
    const { lease, document, applied } = await readLease(tx, leaseId, seq);
    if (lease === null) throw new LeaseClosed(leaseId);
    const [owner, record] = await Promise.all([
      readOwner(tx, lease.ownerId),
      tx.get(SPENDING, documentId(lease.keyId)),
    ]);
    if (applied) return lease;
    const ofKey = toSpending(record?.data.spending);
    const today = latest(dayOf(now), owner.spending.day, ofKey.day);
    const unspent = lease.granted - lease.spent;
    const back = unspent - held;
    const move = (spending: Spending) => {
      const without = onDay(addSpending(spending, lease.day, -unspent, slots - lease.slots), today);
      return addSpending(without, today, held, 0);
    };
    const next: StoredLease = {
      ...lease,
      day: today,
      granted: lease.granted - back,
      slots,
      seq: lease.seq + 1,
      expiresAt: now + lengthMs,
    };
    writeOwner(tx, owner, {
      available: owner.available + back,
      leased: owner.leased - back,
      spending: move(owner.spending),
    });
    writeKeySpending(tx, record, lease, move(ofKey));
    writeLease(tx, document, next, {});
    return next;
  });
}

/** What became of a lease that was to be closed: what it gave back, or null where it was closed already or is not to be. */
export interface Closed {
  lease: StoredLease;
  returned: Nanos;
  alerts: Alert[];
}

/**
 * Closes a lease and gives back what was not spent: its own instance at the `seq` that it knows, anybody else only when it
 * has expired by the store's clock.
 */
export function closeLease(
  documents: Documents,
  leaseId: string,
  when: { seq: number; now: number } | { expiredAt: number },
  fx: FxRate,
): Promise<Closed | null> {
  const now = 'seq' in when ? when.now : when.expiredAt;
  return transact(documents, async (tx) => {
    const document = await tx.get(LEASES, documentId(leaseId));
    const lease = document === null ? null : toLease(document);
    if (lease === null || !lease.open) return null;
    if ('seq' in when ? lease.seq !== when.seq : lease.expiresAt > when.expiredAt) return null;
    const [owner, key, record] = await Promise.all([
      readOwner(tx, lease.ownerId),
      tx.get(KEYS, String(document?.data.key_hash)),
      tx.get(SPENDING, documentId(lease.keyId)),
    ]);
    const returned = lease.granted - lease.spent;
    const own = addSpending(owner.spending, lease.day, -returned, -lease.slots);
    const ofKey = addSpending(toSpending(record?.data.spending), lease.day, -returned, -lease.slots);
    const after = { available: owner.available + returned, leased: owner.leased - lease.granted };
    const caps = {
      owner: toSpendCaps(owner.document, owner.currency, fx),
      key: key === null ? null : toSpendCaps(key, owner.currency, fx),
    };
    const ids = { ownerId: lease.ownerId, keyId: lease.keyId };
    const used = capsInUse({ ...ids, own, ofKey, caps, unspent: 0n, reached: null });
    const alerts = await dueAlerts(tx, used, { owner, remaining: after.available + after.leased }, now);
    writeAlerts(tx, alerts);
    writeOwner(tx, owner, { ...after, spending: own });
    writeKeySpending(tx, record, lease, ofKey);
    const closed = { ...lease, open: false, seq: lease.seq + 1 };
    const status = 'seq' in when ? 'closed' : EXPIRED;
    writeLease(tx, document, closed, { closed_at: new Date(now) }, status);
    return { lease: closed, returned, alerts };
  });
}

/** The fields that every commit of a lease's own queue changes. */
export function leaseProgress(lease: Pick<StoredLease, 'seq' | 'spent' | 'expiresAt'>): Fields {
  return { seq: BigInt(lease.seq), spent: lease.spent, expires_at: new Date(lease.expiresAt) };
}

export function toLease({ data, version }: Document): StoredLease {
  return {
    leaseId: String(data.lease_id),
    ownerId: String(data.owner_id),
    keyId: String(data.key_id),
    currency: data.currency as Currency,
    day: String(data.day),
    granted: toNanos(data.granted),
    spent: toNanos(data.spent),
    slots: Number(data.slots),
    seq: Number(data.seq),
    open: data.status === 'open',
    expiresAt: (data.expires_at as Date).getTime(),
    version,
  };
}

/**
 * The lease as its instance expects it. `applied`: it is one further than expected, and nobody but its instance writes to
 * an open lease, so an earlier run of this very transaction was applied.
 */
async function readLease(tx: Transaction, leaseId: string, seq: number | null) {
  const document = await tx.get(LEASES, documentId(leaseId));
  const lease = document === null ? null : toLease(document);
  if (seq === null) {
    if (lease !== null && !lease.open) throw new LeaseClosed(leaseId);
    return { document, lease, applied: lease !== null };
  }
  if (lease === null || !lease.open || lease.seq < seq || lease.seq > seq + 1) throw new LeaseClosed(leaseId);
  return { document, lease, applied: lease.seq === seq + 1 };
}

function writeLease(
  tx: Transaction,
  document: Document | null,
  lease: StoredLease,
  more: Fields,
  status = 'open',
): void {
  const data = {
    ...document?.data,
    ...more,
    lease_id: lease.leaseId,
    owner_id: lease.ownerId,
    key_id: lease.keyId,
    currency: lease.currency,
    shard: shardOf(documentId(lease.leaseId), LEASE_SHARDS),
    status,
    day: lease.day,
    granted: lease.granted,
    slots: BigInt(lease.slots),
    ...leaseProgress(lease),
  };
  const expect = document === null ? 'absent' : { version: document.version };
  tx.write({ kind: 'set', collection: LEASES, id: documentId(lease.leaseId), data, expect });
}

function writeKeySpending(
  tx: Transaction,
  document: Document | null,
  { keyId, ownerId }: { keyId: string; ownerId: string },
  spending: Spending,
): void {
  const data = { key_id: keyId, owner_id: ownerId, spending: fromSpending(spending) };
  const expect = document === null ? 'absent' : { version: document.version };
  tx.write({ kind: 'set', collection: SPENDING, id: documentId(keyId), data, expect });
}

function latest(...days: string[]): string {
  return days.sort().at(-1) ?? '';
}
