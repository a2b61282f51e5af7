import { type Document, type Documents, type Filter, MAX_QUERY_DOCUMENTS } from '../store/documents.ts';
import { collect, everyDocument, everyDocumentOfOwners } from '../store/every-document.ts';
import { LEASES, type StoredLease, toLease } from './lease-store.ts';

/** An owner's leases that are open now, however many. */
export async function openLeasesOf(documents: Pick<Documents, 'query'>, ownerId: string): Promise<StoredLease[]> {
  const ofOwner: Filter = { field: 'owner_id', op: '==', value: ownerId };
  const isOpen: Filter = { field: 'status', op: '==', value: 'open' };
  const found = await documents.query({ collection: LEASES, where: [ofOwner, isOpen] });
  if (found.length < MAX_QUERY_DOCUMENTS) return found.map(toLease);
  // Rare, and worth no index of its own: those that were closed are passed over here.
  const leases: StoredLease[] = [];
  for await (const document of everyDocument(documents, LEASES, 'lease_id', ofOwner)) {
    const lease = toLease(document);
    if (lease.open) leases.push(lease);
  }
  return leases;
}

/** The open leases of all owners from `first` to `last`, unread: one that is damaged concerns its owner alone. */
export async function openLeasesOfOwners(
  documents: Pick<Documents, 'query'>,
  first: string,
  last: string,
): Promise<Document[]> {
  const leases = { collection: LEASES, field: 'lease_id', equal: { status: 'open' } };
  return collect(everyDocumentOfOwners(documents, leases, first, last));
}
