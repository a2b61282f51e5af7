import { LEASE_SHARDS } from '../leases/lease-store.ts';
import {
  addSpending,
  endOfWindow,
  fromSpending,
  onDay,
  roomsOf,
  type SpendCaps,
  type Spending,
  toSpending,
} from '../ledger/spending.ts';
import type { Currency, Nanos } from '../money/money.ts';
import { toNanos } from '../money/to-nanos.ts';
import { documentId, shardOf } from '../store/document-id.ts';
import type { Document, Fields, Value, Write } from '../store/documents.ts';

/**
 * `end_user_spending/{key and user}`: what one end user of a key has spent, and what its running requests have reserved. There is
 * one for each user of a key that caps its users, and of no other key.
 */
export const END_USER_SPENDING = 'end_user_spending';

/** Whom a capped request is for. */
export interface EndUser {
  readonly ownerId: string;
  readonly keyId: string;
  /** The keyed hash; null for all who name nobody, who are one user. */
  readonly name: string | null;
  readonly currency: Currency;
  readonly caps: SpendCaps;
}

/** What a request may cost at most, until it is known what it did cost. */
export interface Reservation {
  readonly requestId: string;
  /** What it is paid from: while that is open it may still be charged. */
  readonly leaseId: string;
  readonly amount: Nanos;
  /** From when on others look what became of it, Unix milliseconds. */
  readonly lookAt: number;
}

export interface EndUserSpending {
  readonly spending: Spending;
  readonly reserved: readonly Reservation[];
}

export function endUserId({ keyId, name }: Pick<EndUser, 'keyId' | 'name'>): string {
  return documentId(`${keyId}|${name ?? ''}`);
}

export function toEndUserSpending(document: Pick<Document, 'data'> | null): EndUserSpending {
  const reserved = (document?.data.reserved ?? []) as readonly Fields[];
  return { spending: toSpending(document?.data.spending), reserved: reserved.map(toReservation) };
}

function toReservation({ request_id, lease_id, amount, look_at }: Fields): Reservation {
  const lookAt = look_at instanceof Date ? look_at.getTime() : 0;
  return { requestId: String(request_id), leaseId: String(lease_id), amount: toNanos(amount), lookAt };
}

/** Writes it over what was read in the same transaction. */
export function endUserWrite(
  before: Document | null,
  { ownerId, keyId, name }: Pick<EndUser, 'ownerId' | 'keyId' | 'name'>,
  { spending, reserved }: EndUserSpending,
): Write {
  const id = endUserId({ keyId, name });
  const dueAt = reserved.reduce((first, { lookAt }) => Math.min(first, lookAt), Number.POSITIVE_INFINITY);
  const data: Fields = {
    owner_id: ownerId,
    key_id: keyId,
    end_user: name,
    spending: fromSpending(spending),
    reserved: reserved.map(fromReservation),
    shard: shardOf(id, LEASE_SHARDS),
    due_at: reserved.length === 0 ? undefined : new Date(dueAt),
  };
  const expect = before === null ? 'absent' : { version: before.version };
  return { kind: 'set', collection: END_USER_SPENDING, id, data, expect };
}

function fromReservation({ requestId, leaseId, amount, lookAt }: Reservation): Value {
  return { request_id: requestId, lease_id: leaseId, amount, look_at: new Date(lookAt) };
}

/** What all running requests have reserved. */
export function reservedOf({ reserved }: EndUserSpending): Nanos {
  return reserved.reduce((sum, { amount }) => sum + amount, 0n);
}

/** What each cap leaves on a day. What is reserved counts as spent. */
export function limitsOfEndUser(record: EndUserSpending, caps: SpendCaps, day: string) {
  const spending = onDay(record.spending, day);
  return roomsOf(addSpending(spending, spending.day, reservedOf(record), 0), caps).map(({ amount, window }) => ({
    reason: 'end_user_cap' as const,
    amount,
    window,
    resetsAt: endOfWindow(window, spending.day),
  }));
}

/** The record without a request, which was charged `spent` on `day`. */
export function withoutRequest(
  { spending, reserved }: EndUserSpending,
  requestId: string,
  day: string,
  spent: Nanos,
): EndUserSpending {
  return {
    spending: addSpending(onDay(spending, day), day, spent, 0),
    reserved: reserved.filter((each) => each.requestId !== requestId),
  };
}
