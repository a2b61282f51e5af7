import type { EntryWrite } from '../ledger/holds.ts';
import { documentId } from '../store/document-id.ts';
import { type Document, type Documents, StoreUnavailable, type Version } from '../store/documents.ts';
import { LEASES, LeaseClosed, LeaseUncertain, toLease } from './lease-store.ts';
import { Refused } from './refused.ts';

/**
 * The lease if it came to stand at `seq`, where only our own commit can have put it. A closed lease tells too: whoever
 * closed it made one more of it, so at `seq + 1` our commit came first, and was the last. One that is gone was closed and counted:
 * a charge of ours, which is there if the commit was applied, tells for all of it.
 *
 * Throws `LeaseClosed` where it was not applied and never will be, `Refused` where the lease waits for another try, `LeaseUncertain`
 * where nothing can be told.
 */
export async function findCommit(
  documents: Pick<Documents, 'get'>,
  leaseId: string,
  seq: number,
  charges: readonly EntryWrite[],
): Promise<{ version: Version; open: boolean }> {
  const found = await read(documents, leaseId, LEASES, documentId(leaseId), toLease);
  if (found === null) {
    if (await isMade(documents, leaseId, charges[0])) return { version: '', open: false };
    throw new LeaseClosed(leaseId);
  }
  if (!found.open && found.seq <= seq) throw new LeaseClosed(leaseId);
  if (found.open && found.seq < seq) throw new Refused();
  return { version: found.version, open: found.open };
}

/** Whether a charge is there as our commit makes it: its number is that of no other. */
async function isMade(
  documents: Pick<Documents, 'get'>,
  leaseId: string,
  charge: EntryWrite | undefined,
): Promise<boolean> {
  if (charge === undefined) return false;
  const entry = await read(documents, leaseId, charge.collection, charge.id, ({ data }) => data);
  return entry?.lease_id === leaseId && entry.nth === charge.data.nth;
}

/** What cannot be read tells nothing, so that nobody may go on from it. */
async function read<T>(
  documents: Pick<Documents, 'get'>,
  leaseId: string,
  collection: string,
  id: string,
  parse: (document: Document) => T,
): Promise<T | null> {
  try {
    const document = await documents.get(collection, id);
    return document === null ? null : parse(document);
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error;
    throw new LeaseUncertain(leaseId, { cause: error });
  }
}
