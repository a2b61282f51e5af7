import type { ClaimWrite } from '../ledger/claims.ts';
import { type Currency, least, type Nanos } from '../money/money.ts';
import type { Want } from './allotment.ts';
import type { Grown } from './lease-grant.ts';
import type { LiveLease } from './live-lease.ts';

/** A key that asks again within this time is busy, and is granted for a while ahead. */
const BUSY_MS = 5_000;
/** A key of which no other request came for so long is quiet: the end of its request is that of its lease. */
export const QUIET_MS = 10_000;
/** How far ahead: what is spent in this time, or so many times what was wanted at once. */
const AHEAD_MS = 5_000;
const AHEAD_GROWTH = 4n;
/** More is fetched when less than this part of the last block is left. */
const LOW_WATER_PART = 4n;

/** A request that waits for money. */
export interface Waiter {
  want: Want;
  /** Made with its hold, or neither is. */
  claim: ClaimWrite | null;
  /** Takes the money; false where it is not there. */
  take: (lease: LiveLease) => boolean;
  /** Has the money already: it was held when the lease was opened. */
  begin: (lease: LiveLease, held: Nanos) => void;
  reject: (error: Error) => void;
  /** Since when, and when it was first refused; monotonic. */
  since: number;
  refusedAt: number | null;
}

/** A lease of which is not known yet whether it is there. */
export interface Opening {
  leaseId: string;
  /** When it was first asked for, monotonic. */
  sentAt: number;
  /** Who is to begin with it. */
  waiters: Map<Want, Waiter>;
  runs: Map<string, Grown>;
}

/** One key's money in this process. */
export interface Purse {
  ownerId: string;
  keyId: string;
  keyHash: string;
  currency: Currency;
  /** Where new holds are taken from. */
  lease: LiveLease | null;
  /** Leases that take no new hold and end with their last request. */
  draining: Set<LiveLease>;
  waiters: Set<Waiter>;
  /** Whether more is being fetched. */
  filling: boolean;
  /** The lease that is being opened: the same for all tries, so that one whose answer was lost is found. */
  opening: Opening | null;
  /** What was fetched ahead the last time. */
  block: Nanos;
  filledAt: number;
  spentAtFill: Nanos;
  /** When the last request came, and the one before it; monotonic. */
  askedAt: number;
  askedBefore: number;
}

export function openPurse(of: Pick<Purse, 'ownerId' | 'keyId' | 'keyHash' | 'currency'>): Purse {
  const { ownerId, keyId, keyHash, currency } = of;
  return {
    ownerId,
    keyId,
    keyHash,
    currency,
    lease: null,
    draining: new Set(),
    waiters: new Set(),
    filling: false,
    opening: null,
    block: 0n,
    filledAt: Number.NEGATIVE_INFINITY,
    spentAtFill: 0n,
    askedAt: Number.NEGATIVE_INFINITY,
    askedBefore: Number.NEGATIVE_INFINITY,
  };
}

export function leasesOf({ lease, draining }: Purse): LiveLease[] {
  return lease === null ? [...draining] : [lease, ...draining];
}

/** Notes that a request came at a monotonic time. */
export function noteAsk(purse: Purse, at: number): void {
  purse.askedBefore = purse.askedAt;
  purse.askedAt = at;
}

/** Whether no request of the key came lately, but for one that came at `askedAt`. */
export function isQuiet({ askedAt: last, askedBefore }: Purse, askedAt: number, at: number): boolean {
  return at - (last === askedAt ? askedBefore : last) >= QUIET_MS;
}

/** Gives what there is to those who wait, in the order of their coming; smaller wants go past larger ones. */
export function serve({ lease, waiters }: Purse): void {
  if (lease === null) return;
  for (const waiter of waiters) if (waiter.take(lease)) waiters.delete(waiter);
}

/** How much more to fetch: a quiet key gets what it needs, a busy one what it will spend in the next few seconds. */
export function planAhead(purse: Purse, wanted: Nanos, at: number): Nanos {
  const elapsed = at - purse.filledAt;
  if (!needsMoreSoon(purse, at) && wanted > 0n) {
    purse.block = 0n;
    return 0n;
  }
  const spent = (purse.lease?.spent ?? 0n) - purse.spentAtFill;
  const rate = elapsed > 0 && elapsed !== Number.POSITIVE_INFINITY ? spent / BigInt(Math.ceil(elapsed)) : 0n;
  const byRate = rate * BigInt(AHEAD_MS);
  const byWant = AHEAD_GROWTH * wanted;
  purse.block = byRate > byWant ? byRate : byWant;
  return purse.block;
}

/** Notes that the purse was filled at a monotonic time, when its lease had spent so much. */
export function noteFill(purse: Purse, spent: Nanos, at: number): void {
  purse.filledAt = at;
  purse.spentAtFill = spent;
  // Where less is there than would be welcome, it is not asked for again with every request.
  purse.block = least(purse.block, purse.lease?.free ?? 0n);
}

/** Whether a busy key is about to run out, so that more is fetched before somebody has to wait. */
export function runsLow(purse: Purse, at: number): boolean {
  const { lease, block } = purse;
  return lease !== null && lease.free * LOW_WATER_PART < block && isBusy(purse, at);
}

/** Whether what is granted now is not all that the key will need. */
export function needsMoreSoon(purse: Purse, at: number): boolean {
  return purse.waiters.size > 1 || isBusy(purse, at);
}

/** Whether two requests of the key came lately, or one since something was granted. */
function isBusy({ askedBefore, filledAt }: Purse, at: number): boolean {
  return at - Math.max(askedBefore, filledAt) <= BUSY_MS;
}
