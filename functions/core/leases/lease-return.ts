import type { Alert } from '../alerts/alerts.ts';
import { KEYS } from '../keys.ts';
import { readOwner, writeOwner } from '../ledger/owners.ts';
import { capsInUse, dueAlerts, writeAlerts } from '../ledger/spend-alerts.ts';
import { addSpending, dayOf, onDay, SPENDING, type Spending, toSpendCaps, toSpending } from '../ledger/spending.ts';
import type { FxRate } from '../money/fx.ts';
import type { Nanos } from '../money/money.ts';
import { documentId } from '../store/document-id.ts';
import type { Documents } from '../store/documents.ts';
import { transact } from '../store/transact.ts';
import {
  EXPIRED,
  LEASES,
  LeaseClosed,
  latest,
  readLease,
  type StoredLease,
  toLease,
  writeKeySpending,
  writeLease,
} from './lease-store.ts';
import { endedAt, readMark, writeEnd } from './write-end.ts';

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
    if (document === null) return null;
    const lease = toLease(document);
    if (!lease.open) return null;
    if ('seq' in when ? lease.seq !== when.seq : lease.expiresAt > when.expiredAt) return null;
    const isOwn = 'seq' in when;
    const [owner, key, record, mark] = await Promise.all([
      readOwner(tx, lease.ownerId),
      tx.get(KEYS, String(document.data.key_hash)),
      tx.get(SPENDING, documentId(lease.keyId)),
      isOwn ? readMark(tx, lease) : null,
    ]);
    const returned = lease.granted - lease.spent;
    const own = addSpending(owner.spending, lease.day, -returned, -lease.slots);
    const ofKey = addSpending(toSpending(record?.data.spending), lease.day, -returned, -lease.slots);
    const after = { available: owner.available + returned, leased: owner.leased - lease.granted };
    const caps = {
      owner: toSpendCaps(owner.document, owner.currency, fx),
      key: key === null ? null : toSpendCaps(key, owner.currency, fx),
    };
    const ids = { ownerId: lease.ownerId, keyId: lease.keyId, currency: owner.currency };
    const used = capsInUse({ ...ids, own, ofKey, caps, unspent: 0n, reached: null });
    const alerts = await dueAlerts(tx, used, { owner, remaining: after.available + after.leased }, now);
    writeAlerts(tx, alerts);
    writeOwner(tx, owner, { ...after, spending: own });
    writeKeySpending(tx, record, lease, ofKey);
    const closed = { ...lease, open: false, seq: lease.seq + 1 };
    // One that expired stays until its requests have been looked after.
    if (isOwn) writeEnd(tx, document, mark, closed, now);
    else writeLease(tx, document, closed, endedAt(now), EXPIRED);
    return { lease: closed, returned, alerts };
  });
}
