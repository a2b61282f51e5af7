import type { Alert } from '../alerts/alerts.ts';
import { KEYS } from '../keys.ts';
import { readOwner, writeOwner } from '../ledger/owners.ts';
import { capsInUse, dueAlerts, writeAlerts } from '../ledger/spend-alerts.ts';
import { addSpending, dayOf, onDay, SPENDING, toSpendCaps, toSpending } from '../ledger/spending.ts';
import type { FxRate } from '../money/fx.ts';
import { least, type Nanos } from '../money/money.ts';
import { documentId } from '../store/document-id.ts';
import type { Documents } from '../store/documents.ts';
import { transact } from '../store/transact.ts';
import { allot, concurrencyLimits, leastOf, leastSlots, limitsOf, type Want } from './allotment.ts';
import { type CapsAtGrant, capsAtGrant } from './cap-use.ts';
import {
  LeaseOutdated,
  latest,
  leaseSums,
  readLease,
  type StoredLease,
  writeKeySpending,
  writeLease,
} from './lease-store.ts';
import type { Refusal } from './refusal.ts';

/** Of what is available beyond the requests that wait, a grant takes at most this part: others need some too. */
const AHEAD_PART = 8n;

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
  /** How the caps stand after it; null where nothing was granted, or it is not known any more. */
  caps: CapsAtGrant | null;
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
    if (found.applied) return { lease, refusal: null, ownerLeased: owner.leased, limited, alerts: [], caps: null };

    const today = latest(dayOf(ask.now), owner.spending.day, toSpending(record?.data.spending).day);
    const own = onDay(owner.spending, today);
    const ofKey = onDay(toSpending(record?.data.spending), today);
    const caps = {
      owner: toSpendCaps(owner.document, owner.currency, ask.fx),
      key: key === null ? null : toSpendCaps(key, owner.currency, ask.fx),
    };
    if (lease !== null && lease.day !== today) throw new LeaseOutdated(ask.leaseId);
    const moneyLimits = limitsOf(owner, own, caps.owner, ofKey, caps.key, today);
    const room = leastOf(moneyLimits);
    const slotRoom = leastSlots(limits, { owner: own.slots, key: ofKey.slots });
    const { met, taken, slots, refusal } = allot(ask, moneyLimits, slotRoom);
    const base = { ownerLeased: owner.leased, limited };
    const unspent = lease === null ? 0n : lease.granted - lease.spent;
    if (refusal !== null && met === 0) {
      const reached = refusal.limit === null ? room : null;
      const used = capsInUse({ ownerId: ask.ownerId, keyId: ask.keyId, own, ofKey, caps, unspent, reached });
      const alerts = await dueAlerts(tx, used, null, ask.now);
      writeAlerts(tx, alerts);
      return { ...base, lease, refusal, alerts, caps: null };
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
      held: lease?.held ?? 0n,
      running: lease?.running ?? 0,
      posts: lease?.posts ?? 0,
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
    const opened = {
      instance_id: ask.instanceId,
      key_hash: ask.keyHash,
      opened_at: new Date(ask.now),
      ...leaseSums(next),
    };
    writeLease(tx, found.document, next, lease === null ? opened : {});
    const capsAfter = capsAtGrant(ownAfter, keyAfter, caps, next);
    return { ...base, lease: next, refusal, ownerLeased: after.leased, alerts, caps: capsAfter };
  });
}
