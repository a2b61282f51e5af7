import { type Alert, alertWrite } from '../alerts/alerts.ts';
import { ENTRIES } from '../ledger/entries.ts';
import type { EntryWrite } from '../ledger/holds.ts';
import { readOwner, writeOwner } from '../ledger/owners.ts';
import { capsInUse, dueAlerts, writeAlerts } from '../ledger/spend-alerts.ts';
import {
  addSpending,
  dayOf,
  onDay,
  SPENDING,
  type SpendCaps,
  type Spending,
  toSpendCaps,
  toSpending,
} from '../ledger/spending.ts';
import type { FxRate } from '../money/fx.ts';
import { documentId } from '../store/document-id.ts';
import type { Documents, Write } from '../store/documents.ts';
import { transact } from '../store/transact.ts';
import type { Closed } from './lease-return.ts';
import { numbered, type Post } from './lease-step.ts';
import { LEASES, LeaseClosed, latest, type StoredLease, toLease, writeKeySpending } from './lease-store.ts';
import { Refused } from './refused.ts';
import { readMark, writeEnd } from './write-end.ts';

/** A post with all that is written beside its charge. */
export interface MadePost extends Post {
  /** What went beyond the hold. */
  others: readonly Write[];
  alerts: Alert[];
}

/** What ends with a lease: its only request. */
export interface Settlement {
  /** The lease as its queue knows it. */
  lease: StoredLease;
  requestId: string;
  /** What is charged, at the time that its entry is made; null where nothing was delivered. */
  post: ((at: Date) => MadePost) | null;
  /** Written with it. */
  also: readonly Write[];
  /** The key's caps as of its grant: whoever changes them ends the lease. */
  keyCaps: SpendCaps | null;
  /** For caps in dollars of an owner who pays in rupees. */
  fx: FxRate;
  /** Unix milliseconds, store's clock. */
  now: number;
}

/** Ends a lease with its only request. One of them for all tries, however they failed: from its second run on it looks for its own work. */
export type Settle = (settlement: Settlement) => Promise<Omit<Closed, 'lease'>>;

/**
 * The end of a quiet key's only request, with that of its lease: charges it and gives back the rest in one transaction. A lease of a
 * day that is over is charged in today, as one that is moved there first.
 *
 * Throws `LeaseClosed` where the lease had ended before, so that nobody pays, and `Refused` where the request was charged elsewhere.
 */
export function createSettle(documents: Documents): Settle {
  let runs = 0;
  return ({ lease: { leaseId, seq, ownerId, keyId }, requestId, post, also, keyCaps, fx, now }) =>
    transact(documents, async (tx) => {
      const isFirst = runs++ === 0;
      const [document, owner, record, entry] = await Promise.all([
        tx.get(LEASES, documentId(leaseId)),
        readOwner(tx, ownerId),
        tx.get(SPENDING, documentId(keyId)),
        isFirst || post === null ? null : tx.get(ENTRIES, documentId(requestId)),
      ]);
      const lease = document === null ? null : toLease(document);
      // What was applied is found by its entry. A lease that is closed without that is closed by somebody else.
      if (entry?.data.lease_id === leaseId) return { returned: 0n, alerts: [] };
      if (lease === null || !lease.open || lease.seq !== seq) throw new LeaseClosed(leaseId);
      if (entry !== null) throw new Refused();
      // With another charge it cannot have all of them.
      const mark = post === null ? await readMark(tx, lease) : null;

      const ofKey = toSpending(record?.data.spending);
      const today = latest(dayOf(now), owner.spending.day, ofKey.day);
      const made = post?.(new Date(Math.max(now, Date.parse(today)))) ?? null;
      const amount = made?.spent ?? 0n;
      const unspent = lease.granted - lease.spent;
      const returned = unspent - amount;
      const move = (spending: Spending) => {
        const without = onDay(addSpending(spending, lease.day, -unspent, -lease.slots), today);
        return addSpending(without, today, amount, 0);
      };
      const [own, ofKeyAfter] = [move(owner.spending), move(ofKey)];
      const after = { available: owner.available + returned, leased: owner.leased - lease.granted };
      const caps = { owner: toSpendCaps(owner.document, owner.currency, fx), key: keyCaps };
      const ids = { ownerId, keyId, currency: owner.currency };
      const used = capsInUse({ ...ids, own, ofKey: ofKeyAfter, caps, unspent: 0n, reached: null });
      const due = await dueAlerts(tx, used, { owner, remaining: after.available + after.leased }, now);
      const alerts = [...due, ...(made?.alerts ?? [])];
      writeAlerts(tx, due);
      writeOwner(tx, owner, { ...after, spending: own });
      writeKeySpending(tx, record, lease, ofKeyAfter);
      const closed: StoredLease = {
        ...lease,
        spent: lease.spent + amount,
        held: 0n,
        running: 0,
        posts: lease.posts + (made === null ? 0 : 1),
        seq: seq + 1,
        open: false,
      };
      if (document !== null) writeEnd(tx, document, mark, closed, now);
      const charges = made === null ? [] : [lastCharge(made.charge, closed)];
      const writes = [...(made?.others ?? []), ...(made?.alerts ?? []).map(alertWrite), ...also];
      for (const write of [...charges, ...writes]) tx.write(write);
      return { returned, alerts };
    });
}

/** The charge with which a lease ended. Where that has no other, it says so: there is no mark to look for. */
function lastCharge(charge: EntryWrite, { leaseId, posts }: StoredLease): EntryWrite {
  const last = numbered(charge, leaseId, posts);
  return posts === 1 ? { ...last, data: { ...last.data, alone: true } } : last;
}
