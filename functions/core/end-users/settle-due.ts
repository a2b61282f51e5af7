import { LEASES, toLease } from '../leases/lease-store.ts';
import { ENTRIES } from '../ledger/entries.ts';
import { dayOf } from '../ledger/spending.ts';
import { toNanos } from '../money/to-nanos.ts';
import { documentId } from '../store/document-id.ts';
import type { Documents, Transaction } from '../store/documents.ts';
import { transact } from '../store/transact.ts';
import {
  END_USER_SPENDING,
  type EndUserSpending,
  endUserWrite,
  type Reservation,
  toEndUserSpending,
  withoutRequest,
} from './end-user-spending.ts';

/** For so long nobody but its own instance asks what became of a request. */
export const LOOK_MS = 60_000;

/**
 * The record with the due reservations settled, seen in a transaction: one that was charged is known by its entry, and one whose
 * lease is closed will never be charged. All others run, and are looked at later.
 */
export async function settledOfDue(
  tx: Pick<Transaction, 'get'>,
  record: EndUserSpending,
  now: number,
): Promise<EndUserSpending> {
  const due = record.reserved.filter(({ lookAt }) => lookAt <= now);
  let settled = record;
  for (const { reservation, entry, lease } of await Promise.all(due.map((each) => lookUp(tx, each)))) {
    if (entry !== null) {
      const { amount, overage, created_at } = entry.data;
      const spent = toNanos(amount) + toNanos(overage ?? 0n);
      const day = created_at instanceof Date ? dayOf(created_at.getTime()) : dayOf(now);
      settled = withoutRequest(settled, reservation.requestId, day, spent);
    } else if (lease === null || !toLease(lease).open) {
      settled = withoutRequest(settled, reservation.requestId, settled.spending.day, 0n);
    } else {
      const later = { ...reservation, lookAt: now + LOOK_MS };
      settled = { ...settled, reserved: settled.reserved.map((each) => (each === reservation ? later : each)) };
    }
  }
  return settled;
}

async function lookUp(tx: Pick<Transaction, 'get'>, reservation: Reservation) {
  const { requestId, leaseId } = reservation;
  const [entry, lease] = await Promise.all([
    tx.get(ENTRIES, documentId(requestId)),
    tx.get(LEASES, documentId(leaseId)),
  ]);
  return { reservation, entry, lease };
}

/** Settles what instances that died have left in one user's document. */
export function settleDue(documents: Documents, id: string, now: number): Promise<void> {
  return transact(documents, async (tx) => {
    const document = await tx.get(END_USER_SPENDING, id);
    if (document === null) return;
    const before = toEndUserSpending(document);
    const record = await settledOfDue(tx, before, now);
    if (record === before) return;
    const { owner_id, key_id, end_user } = document.data;
    const user = {
      ownerId: String(owner_id),
      keyId: String(key_id),
      name: end_user === null ? null : String(end_user),
    };
    tx.write(endUserWrite(document, user, record));
  });
}
