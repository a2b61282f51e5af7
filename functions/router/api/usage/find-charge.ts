import { MeshError } from '../../../core/errors.ts';
import { ENTRIES } from '../../../core/ledger/entries.ts';
import { FAILED_REQUESTS } from '../../../core/ledger/failed-requests.ts';
import { documentId } from '../../../core/store/document-id.ts';
import type { Document, Documents } from '../../../core/store/documents.ts';

/** What the id of a request may look like; anything else names none, and is not asked the store for. */
const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The charge of a request, of `ownerId` or of anybody (null). Null as well where it is another owner's: nobody can tell the two. */
export async function findCharge(
  documents: Documents,
  requestId: string,
  ownerId: string | null,
): Promise<Document | null> {
  if (!REQUEST_ID.test(requestId)) return null;
  const entry = await documents.get(ENTRIES, documentId(requestId));
  if (entry === null || entry.data.kind !== 'charge') return null;
  return ownerId === null || entry.data.owner_id === ownerId ? entry : null;
}

/** The same, or what is remembered of a request that held money and got no answer. */
export async function findRequest(
  documents: Documents,
  requestId: string,
  ownerId: string | null,
): Promise<Document | null> {
  const charge = await findCharge(documents, requestId, ownerId);
  if (charge !== null || !REQUEST_ID.test(requestId)) return charge;
  const found = await documents.get(FAILED_REQUESTS, documentId(requestId));
  return found === null || (ownerId !== null && found.data.owner_id !== ownerId) ? null : found;
}

/** The same; throws `not_found`. */
export async function getRequest(documents: Documents, requestId: string, ownerId: string | null): Promise<Document> {
  const found = await findRequest(documents, requestId, ownerId);
  if (found === null) throw new MeshError('not_found', { message: 'There is no such request.' });
  return found;
}
