import { UNCOUNTED_MS } from '../ledger/outbox.ts';
import { documentId } from '../store/document-id.ts';
import type { Document, Fields, Transaction } from '../store/documents.ts';
import { LEASES, leaseSums, type StoredLease, writeLease } from './lease-store.ts';
import { countedBy, MARKS, toMark } from './marks.ts';

/** The mark of a lease that posts nothing more; null where it has none, or never posted. */
export async function readMark(tx: Transaction, { leaseId, posts }: StoredLease): Promise<Document | null> {
  return posts === 0 ? null : tx.get(MARKS, documentId(leaseId));
}

/**
 * Closes a lease: one whose charges are all counted goes with its mark, one that has none goes at once. Any other stays until they are:
 * the sweep tells of it again. `mark`: null also where it cannot have all of them.
 */
export function writeEnd(
  tx: Transaction,
  document: Document,
  mark: Document | null,
  closed: StoredLease,
  now: number,
): void {
  const counted = mark === null ? 0 : countedBy(toMark(mark));
  if (counted < closed.posts) {
    writeLease(tx, document, closed, { ...leaseSums(closed), ...endedAt(now) }, 'closed');
    return;
  }
  tx.write({ kind: 'delete', collection: LEASES, id: document.id, expect: { version: document.version } });
  if (mark !== null) tx.write({ kind: 'delete', collection: MARKS, id: mark.id, expect: { version: mark.version } });
}

/** What a lease says that has ended and is not counted. */
export function endedAt(now: number): Fields {
  return { ended_at: new Date(now), due_at: new Date(now + UNCOUNTED_MS) };
}
