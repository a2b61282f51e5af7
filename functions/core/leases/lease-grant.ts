import type { Alert } from '../alerts/alerts.ts';
import { KEYS } from '../keys.ts';
import { type ClaimWrite, claimOfLease } from '../ledger/claims.ts';
import { readOwner, writeOwner } from '../ledger/owners.ts';
import { capsInUse, dueAlerts, writeAlerts } from '../ledger/spend-alerts.ts';
import { addSpending, dayOf, onDay, SPENDING, type SpendCaps, toSpendCaps, toSpending } from '../ledger/spending.ts';
import type { FxRate } from '../money/fx.ts';
import { least, type Nanos } from '../money/money.ts';
import { documentId } from '../store/document-id.ts';
import type { Documents, Transaction } from '../store/documents.ts';
import { transact } from '../store/transact.ts';
import { AHEAD_PART, allot, concurrencyLimits, leastOf, leastSlots, limitsOf, type Want } from './allotment.ts';
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
import { Refused } from './refused.ts';

const noBegun: ReadonlyMap<Want, Nanos> = new Map();

export interface Ask {
  leaseId: string;
  /** Where the lease stands; null for one that is to be opened. */
  seq: number | null;
  /** What begins with a lease that is opened, and is in the store when it is. */
  begins?: Beginning;
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
  /** Slots that would be welcome besides, likewise. */
  slotsAhead: number;
  /** What was used already and is owed: granted as far as there is anything. */
  owed: Nanos;
  /** For caps in dollars of an owner who pays in rupees. */
  fx: FxRate;
  /** Unix milliseconds, store's clock. */
  now: number;
  lengthMs: number;
}

/** The requests that begin with the grant which opens their lease, among those who want something. */
export interface Beginning {
  wants: ReadonlySet<Want>;
  /** Of one that begins alone: made with its hold, or neither is. */
  claim: ClaimWrite | null;
  /**
   * What each run came to, by the name that it left on the lease: one may have been applied though nobody heard of it. The same
   * for all tries of a lease; a first run finds it empty, and need not look for a lease of that name.
   */
  runs: Map<string, Grown>;
}

export interface Grown {
  /** Null where nothing was granted to a lease that was to be opened. */
  lease: StoredLease | null;
  /** Why not everything that was wanted is granted; null where it is. */
  refusal: Refusal | null;
  /** What all open leases of the owner were granted, this one included. */
  ownerLeased: Nanos;
  /** Who began with the lease that was opened, and what they hold. */
  begun: ReadonlyMap<Want, Nanos>;
  /** Whether requests that run at once are limited. */
  limited: boolean;
  alerts: Alert[];
  /** Null for a key that is not there. */
  keyCaps: SpendCaps | null;
  /** How the caps stand after it; null where nothing was granted, or it is not known any more. */
  caps: CapsAtGrant | null;
}

/**
 * Opens a lease or adds to one. Runs again after it was applied without harm: the lease tells. Throws `LeaseClosed`,
 * `LeaseOutdated`, and `Refused` where somebody else has the claim that it was to make.
 */
export function growLease(documents: Documents, ask: Ask): Promise<Grown> {
  return transact(documents, async (tx) => {
    const found = await findLease(tx, ask);
    const { lease } = found;
    const [owner, key, record] = await Promise.all([
      readOwner(tx, ask.ownerId),
      tx.get(KEYS, ask.keyHash),
      tx.get(SPENDING, documentId(ask.keyId)),
    ]);
    const limits = concurrencyLimits(owner, key);
    const limited = limits.length > 0;
    const caps = {
      owner: toSpendCaps(owner.document, owner.currency, ask.fx),
      key: key === null ? null : toSpendCaps(key, owner.currency, ask.fx),
    };
    const ids = { ownerId: ask.ownerId, keyId: ask.keyId, currency: owner.currency };
    const base = { ownerLeased: owner.leased, limited, begun: noBegun, keyCaps: caps.key };
    if (found.applied) {
      const known = ask.begins?.runs.get(String(found.document?.data.run));
      return known ?? { ...base, lease, refusal: null, alerts: [], caps: null };
    }

    const today = latest(dayOf(ask.now), owner.spending.day, toSpending(record?.data.spending).day);
    const own = onDay(owner.spending, today);
    const ofKey = onDay(toSpending(record?.data.spending), today);
    if (lease !== null && lease.day !== today) throw new LeaseOutdated(ask.leaseId);
    const moneyLimits = limitsOf(owner, own, caps.owner, ofKey, caps.key, today);
    const room = leastOf(moneyLimits);
    const slotRoom = leastSlots(limits, { owner: own.slots, key: ofKey.slots });
    const { given, taken, slots, refusal } = allot(ask, moneyLimits, slotRoom);
    const unspent = lease === null ? 0n : lease.granted - lease.spent;
    if (refusal !== null && given.every((share) => share === null)) {
      const reached = refusal.limit === null ? room : null;
      const used = capsInUse({ ...ids, own, ofKey, caps, unspent, reached });
      const alerts = await dueAlerts(tx, used, null, ask.now);
      writeAlerts(tx, alerts);
      return { ...base, lease, refusal, alerts, caps: null };
    }

    const needed = taken > ask.free ? taken - ask.free : 0n;
    const owed = least(ask.owed, room.amount - needed);
    const spare = room.amount - needed - owed;
    const ahead = refusal === null ? least(ask.ahead, spare / BigInt(AHEAD_PART)) : 0n;
    const more = needed + owed + ahead;
    const begun = lease === null ? begunOf(ask, given) : noBegun;
    const next: StoredLease = {
      leaseId: ask.leaseId,
      ownerId: ask.ownerId,
      keyId: ask.keyId,
      currency: owner.currency,
      day: today,
      spent: lease?.spent ?? 0n,
      held: [...begun.values()].reduce((sum, held) => sum + held, lease?.held ?? 0n),
      running: (lease?.running ?? 0) + begun.size,
      posts: lease?.posts ?? 0,
      granted: (lease?.granted ?? 0n) + more,
      slots: (lease?.slots ?? 0) + slots,
      seq: (lease?.seq ?? 0) + 1,
      open: true,
      expiresAt: ask.now + ask.lengthMs,
      version: '',
    };
    const ownAfter = addSpending(own, today, more, slots);
    const keyAfter = addSpending(ofKey, today, more, slots);
    const after = { available: owner.available - more, leased: owner.leased + more };
    const used = capsInUse({
      ...ids,
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
    const capsAfter = capsAtGrant(ownAfter, keyAfter, caps, next);
    const grown = { ...base, lease: next, refusal, begun, ownerLeased: after.leased, alerts, caps: capsAfter };
    if (lease === null) openLease(tx, ask, grown);
    else writeLease(tx, found.document, next, {});
    return grown;
  });
}

/**
 * The lease that is to grow. One that is to be opened is not looked for the first time: its name is new. From then on it is there
 * where a run was applied, and else who has the claim.
 */
async function findLease(tx: Transaction, { leaseId, seq, begins }: Ask) {
  if (seq === null && begins?.runs.size === 0) return { document: null, lease: null, applied: false };
  const claim = begins?.claim;
  const [found, other] = await Promise.all([
    readLease(tx, leaseId, seq),
    claim == null ? null : tx.get(claim.collection, claim.id),
  ]);
  if (!found.applied && other !== null) throw new Refused();
  return found;
}

/** What is held of a lease from its first moment, by whom. */
function begunOf({ wants, begins }: Ask, given: readonly (Nanos | null)[]): Map<Want, Nanos> {
  const begun = new Map<Want, Nanos>();
  for (const [at, want] of wants.entries()) {
    const share = given[at] ?? null;
    if (share !== null && begins?.wants.has(want)) begun.set(want, share);
  }
  return begun;
}

/** Writes a lease that is new, with what begins with it. */
function openLease(tx: Transaction, { begins, ...ask }: Ask, grown: Grown & { lease: StoredLease }): void {
  const run = String((begins?.runs.size ?? 0) + 1);
  begins?.runs.set(run, grown);
  writeLease(tx, null, grown.lease, {
    instance_id: ask.instanceId,
    key_hash: ask.keyHash,
    opened_at: new Date(ask.now),
    run,
    ...leaseSums(grown.lease),
  });
  if (begins?.claim && grown.begun.size > 0) tx.write(claimOfLease(begins.claim, ask.leaseId));
}
