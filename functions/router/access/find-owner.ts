import { MeshError } from '../../core/errors.ts';
import { OWNERS } from '../../core/ledger/owners.ts';
import { documentId } from '../../core/store/document-id.ts';
import type { Document, Documents } from '../../core/store/documents.ts';

/** An owner's document. Throws `not_found`. */
export async function findOwner({ documents }: { documents: Documents }, ownerId: string): Promise<Document> {
  const owner = await documents.get(OWNERS, documentId(ownerId));
  if (owner === null) throw new MeshError('not_found', { message: 'There is no such owner.' });
  return owner;
}
