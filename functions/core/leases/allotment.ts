import type { StoredOwner } from '../ledger/owners.ts';
import { endOfWindow, roomsOf, type SpendCaps, type Spending } from '../ledger/spending.ts';
import { least, most, type Nanos } from '../money/money.ts';
import type { Document } from '../store/documents.ts';
import type { Refusal } from './refusal.ts';

/** What one waiting request wants of a lease. */
export interface Want {
  amount: Nanos;
  /** What it can do with, where there is no more; absent where it needs all of it. */
  least?: Nanos;
  /** Whether it is a request of its own, which takes a slot; more money for a running one does not. */
  slot: boolean;
}

/** Of what is available beyond the requests that wait, a grant takes at most this part: others need some too. */
export const AHEAD_PART = 8;
/** Where there is less than is wanted, one takes no more of it than this part, or what it can do with: others need some too. */
const SHARE_PART = 8n;

/**
 * What one gets of what there is, which is enough for it: all of it where that is nearly what it wants, since the rest would do
 * for no other like it.
 */
export function shareOf({ amount, least: enough = amount }: Omit<Want, 'slot'>, available: Nanos): Nanos {
  if (amount < 2n * enough) return least(amount, available);
  return amount <= available ? amount : least(amount, most(enough, available / SHARE_PART));
}

/** The balance or a cap: what it leaves, and until when. */
export type MoneyLimit = Pick<Refusal, 'window' | 'resetsAt'> & {
  reason: 'balance' | 'key_cap' | 'owner_cap' | 'end_user_cap';
  amount: Nanos;
};

/** All that limits what may be granted: the balance, and each cap of the owner and the key. */
export function limitsOf(
  owner: StoredOwner,
  own: Spending,
  ownerCaps: SpendCaps,
  ofKey: Spending,
  keyCaps: SpendCaps | null,
  today: string,
): MoneyLimits {
  const toLimits = (reason: 'key_cap' | 'owner_cap', spending: Spending, caps: SpendCaps) =>
    roomsOf(spending, caps).map(({ amount, window }) => {
      return { reason, amount, window, resetsAt: endOfWindow(window, today) };
    });
  return [
    { reason: 'balance', amount: owner.available, window: null, resetsAt: null },
    ...toLimits('owner_cap', own, ownerCaps),
    ...(keyCaps === null ? [] : toLimits('key_cap', ofKey, keyCaps)),
  ];
}

export type MoneyLimits = readonly [MoneyLimit, ...MoneyLimit[]];

/** The one that leaves the least; of several that leave as much, the first. */
export function leastOf(limits: MoneyLimits): MoneyLimit {
  return limits.reduce((least, limit) => (limit.amount < least.amount ? limit : least));
}

/**
 * Of the limits that do not leave `needed`, the one that holds the longest: whoever waits for an earlier one would be refused
 * again. Balance and caps for ever hold until somebody does something.
 */
export function lastingOf(limits: MoneyLimits, needed: Nanos): MoneyLimit {
  const end = ({ resetsAt }: MoneyLimit) => resetsAt ?? Number.POSITIVE_INFINITY;
  const isBefore = (one: MoneyLimit, other: MoneyLimit) =>
    end(one) === end(other) ? other.amount < one.amount : end(one) < end(other);
  return limits
    .filter(({ amount }) => amount < needed)
    .reduce((last, limit) => (isBefore(last, limit) ? limit : last), leastOf(limits));
}

interface SlotLimit {
  scope: 'key' | 'owner';
  limit: number;
}

export function concurrencyLimits(owner: StoredOwner, key: Document | null): SlotLimit[] {
  const limits: SlotLimit[] = [];
  const add = (scope: SlotLimit['scope'], value: unknown) => {
    if (typeof value === 'bigint') limits.push({ scope, limit: Number(value) });
  };
  add('owner', owner.document.data.concurrency_limit);
  add('key', key?.data.concurrency_limit);
  return limits;
}

/** How many more requests may run at once, and which limit says so; null without a limit. */
export function leastSlots(limits: readonly SlotLimit[], inUse: Record<SlotLimit['scope'], number>) {
  let least: (SlotLimit & { left: number }) | null = null;
  for (const limit of limits) {
    const left = Math.max(0, limit.limit - inUse[limit.scope]);
    if (least === null || left < least.left) least = { ...limit, left };
  }
  return least;
}

/** What the waiting requests want, and what of the lease is free. */
export interface AllotmentAsk {
  wants: readonly Want[];
  free: Nanos;
  freeSlots: number;
  /** Slots that would be welcome besides, of which an eighth of what is left is granted at most. */
  slotsAhead: number;
}

/**
 * Whose wants are met: in order, each that still fits, with less than it wants where that is all there is. `given`: what each of
 * them gets, null where it does not fit.
 */
export function allot(ask: AllotmentAsk, limits: MoneyLimits, slotRoom: ReturnType<typeof leastSlots>) {
  const budget = ask.free + leastOf(limits).amount;
  const given: (Nanos | null)[] = [];
  let taken = 0n;
  let served = 0;
  let refusal: Refusal | null = null;
  for (const { amount, least: enough = amount, slot } of ask.wants) {
    given.push(null);
    if (slot && slotRoom !== null && served >= ask.freeSlots + slotRoom.left) {
      const reason = slotRoom.scope === 'key' ? 'key_concurrency' : 'owner_concurrency';
      refusal ??= { reason, room: budget - taken, window: null, resetsAt: null, limit: slotRoom.limit };
      continue;
    }
    if (taken + enough > budget) {
      const { amount: _, ...why } = lastingOf(limits, taken + enough - ask.free);
      refusal ??= { ...why, room: budget - taken, limit: null };
      continue;
    }
    const share = shareOf({ amount, least: enough }, budget - taken);
    given[given.length - 1] = share;
    taken += share;
    if (slot) served++;
  }
  if (slotRoom === null) return { given, taken, slots: 0, refusal };
  const needed = Math.max(0, served - ask.freeSlots);
  const spare = Math.max(0, slotRoom.left - needed);
  const ahead = refusal === null ? Math.min(ask.slotsAhead, Math.floor(spare / AHEAD_PART)) : 0;
  return { given, taken, slots: needed + ahead, refusal };
}
