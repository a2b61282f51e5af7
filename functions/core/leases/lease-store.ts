import { fromSpending, SPENDING, type Spending } from '../ledger/spending.ts';
import type { Currency, Nanos } from '../money/money.ts';
import { toNanos } from '../money/to-nanos.ts';
import { documentId, shardOf } from '../store/document-id.ts';
import type { Document, Fields, Transaction, Value, Version } from '../store/documents.ts';

/**
 * Leases in the store: `leases/{lease}`, a block of an owner's money that one instance may spend for one key.
 *
 * Granting moves money from the owner's `available` to `leased`, and counts it against every cap of the owner and the key,
 * in one transaction. An owner's `leased` is what open leases were granted, spent or not. Each write to a lease expects it
 * open at `seq` n and makes it n + 1; only its own instance writes to it, but for whoever closes it when it has expired. So
 * of the sweep and an instance that is late exactly one wins, and the loser can tell from `seq` that it lost.
 *
 * What its requests hold stands on it as sums: `held`, `running`, `posts` move only with the operations of the commit that
 * writes them. So the stored lease is the sum of its confirmed commits, and what is posted but unconfirmed still counts as held.
 */
export const LEASES = 'leases';

/** A lease that somebody else closed, and whose requests have not been looked after yet. */
export const EXPIRED = 'expired';

/** Leases are found by their end within one of so many parts: one index over all of them would be a hot spot. */
export const LEASE_SHARDS = 16;

export interface StoredLease {
  leaseId: string;
  ownerId: string;
  keyId: string;
  currency: Currency;
  /** The day (UTC) that its spending counts in. */
  day: string;
  granted: Nanos;
  spent: Nanos;
  /** What its unresolved requests hold together, and how many they are. A lease of before says neither: nothing. */
  held: Nanos;
  running: number;
  /** How many charges it has posted. */
  posts: number;
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
  constructor(leaseId: string, options?: ErrorOptions) {
    super(`Lease ${leaseId} is closed.`, options);
    this.name = 'LeaseClosed';
  }
}

/**
 * Thrown when nobody can tell any more how a lease stands: its document is damaged, or what may have been applied cannot be sent
 * again. Its instance does not use it any further, and the sweep closes it. `cause` says why.
 */
export class LeaseUncertain extends LeaseClosed {
  constructor(leaseId: string, options: ErrorOptions) {
    super(leaseId, options);
    this.name = 'LeaseUncertain';
  }
}

/** Thrown when a lease still counts in a day that is over: `trimLease` moves it on. Nothing was changed. */
export class LeaseOutdated extends Error {
  constructor(leaseId: string) {
    super(`Lease ${leaseId} is of a day that is over.`);
    this.name = 'LeaseOutdated';
  }
}

/** The fields that every commit of a lease's own queue changes. */
export function leaseProgress(lease: Pick<StoredLease, 'seq' | 'spent' | 'expiresAt'>): Fields {
  return { seq: BigInt(lease.seq), spent: lease.spent, expires_at: new Date(lease.expiresAt) };
}

/**
 * What a lease says of its requests. Apart from the rest, and written by nobody but its own queue: a lease of before, whose
 * entries do not name it, stays without them.
 */
export function leaseSums({ held, running, posts }: Pick<StoredLease, 'held' | 'running' | 'posts'>): Fields {
  return { held, running: BigInt(running), posts: BigInt(posts) };
}

/** Throws a `TypeError` for a document that was damaged: money must stop there. */
export function toLease({ data, version }: Document): StoredLease {
  if (!(data.expires_at instanceof Date)) throw new TypeError('The end of a stored lease is not a time.');
  return {
    leaseId: String(data.lease_id),
    ownerId: String(data.owner_id),
    keyId: String(data.key_id),
    currency: data.currency as Currency,
    day: String(data.day),
    granted: toNanos(data.granted),
    spent: toNanos(data.spent),
    held: toSum(data.held),
    running: Number(toSum(data.running)),
    posts: Number(toSum(data.posts)),
    slots: Number(toNanos(data.slots)),
    seq: Number(toNanos(data.seq)),
    open: data.status === 'open',
    expiresAt: data.expires_at.getTime(),
    version,
  };
}

function toSum(value: Value | undefined): bigint {
  return value === undefined ? 0n : toNanos(value);
}

/**
 * The lease as its instance expects it. `applied`: it is one further than expected, and nobody but its instance writes to
 * an open lease, so an earlier run of this very transaction was applied.
 */
export async function readLease(tx: Transaction, leaseId: string, seq: number | null) {
  const document = await tx.get(LEASES, documentId(leaseId));
  const lease = document === null ? null : toLease(document);
  if (seq === null) {
    if (lease !== null && !lease.open) throw new LeaseClosed(leaseId);
    return { document, lease, applied: lease !== null };
  }
  if (lease === null || !lease.open || lease.seq < seq || lease.seq > seq + 1) throw new LeaseClosed(leaseId);
  return { document, lease, applied: lease.seq === seq + 1 };
}

/** Writes a lease as it now is, over `document`. */
export function writeLease(
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

/** Writes what a key has spent or set aside, over `document`. */
export function writeKeySpending(
  tx: Transaction,
  document: Document | null,
  { keyId, ownerId }: { keyId: string; ownerId: string },
  spending: Spending,
): void {
  const data = { key_id: keyId, owner_id: ownerId, spending: fromSpending(spending) };
  const expect = document === null ? 'absent' : { version: document.version };
  tx.write({ kind: 'set', collection: SPENDING, id: documentId(keyId), data, expect });
}

/** The latest of some days: a window never goes back, whoever's clock says so. */
export function latest(...days: string[]): string {
  return days.sort().at(-1) ?? '';
}
