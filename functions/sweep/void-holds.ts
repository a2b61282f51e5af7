import { LEASES, type StoredLease, toLease } from '../core/leases/lease-store.ts';
import { CLAIMS } from '../core/ledger/claims.ts';
import { ENTRIES } from '../core/ledger/entries.ts';
import { documentId } from '../core/store/document-id.ts';
import type { Document, Documents, Write } from '../core/store/documents.ts';
import { everyDocument } from '../core/store/every-document.ts';
import { commitOnce } from './commit-once.ts';
import { voidHoldsOfBefore } from './void-holds-of-before.ts';

/**
 * Ends what an expired lease left behind: its requests hold nothing any more, and the idempotency keys of those that were not
 * charged are free again. Returns how many requests died with it.
 */
export async function voidHolds(documents: Documents, document: Document, now: number): Promise<number> {
  const lease = toLease(document);
  await freeClaims(documents, lease);
  const before = await voidHoldsOfBefore(documents, lease.leaseId);
  const { id, version } = document;
  const expect = { version };
  // What it has posted may not be counted: it stays until it is, and is told of at once.
  const data = { status: 'closed', held: 0n, running: 0n, due_at: new Date(now) };
  const end: Write =
    lease.posts === 0
      ? { kind: 'delete', collection: LEASES, id, expect }
      : { kind: 'update', collection: LEASES, id, data, expect };
  const done = await commitOnce(documents, [end]);
  return before + (done ? lease.running : 0);
}

/** The lease is closed, so what has no entry by now never will have one. */
async function freeClaims(documents: Documents, { leaseId }: StoredLease): Promise<void> {
  const ofLease = { field: 'lease_id', op: '==', value: leaseId } as const;
  for await (const { id, version, data } of everyDocument(documents, CLAIMS, 'request_id', ofLease)) {
    if ((await documents.get(ENTRIES, documentId(String(data.request_id)))) !== null) continue;
    // At its version: where another sweep freed it, somebody may have it again.
    await commitOnce(documents, [{ kind: 'delete', collection: CLAIMS, id, expect: { version } }]);
  }
}
