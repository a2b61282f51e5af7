import { MeshError } from '../../core/errors.ts';
import { KEYS } from '../../core/keys.ts';
import type { Document, Documents } from '../../core/store/documents.ts';
import type { Call } from '../http/call.ts';

/** A key; to one that manages keys those of other owners are not there. */
export async function findKey(
  call: Pick<Call, 'manager'>,
  { documents }: { documents: Documents },
  keyId: string,
): Promise<Document> {
  const [key] = await documents.query({
    collection: KEYS,
    where: [{ field: 'key_id', op: '==', value: keyId }],
    limit: 1,
  });
  const isTheirs = call.manager === null || key?.data.owner_id === call.manager.ownerId;
  if (key === undefined || !isTheirs) throw new MeshError('not_found', { message: 'There is no such key.' });
  return key;
}
