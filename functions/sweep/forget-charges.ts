import { ENTRIES } from '../core/ledger/entries.ts';
import { OWNERS } from '../core/ledger/owners.ts';
import type { Documents } from '../core/store/documents.ts';
import { everyDocument } from '../core/store/every-document.ts';

/**
 * Takes away the lines of charges whose time is over, as Firestore does by itself (`expires_at`), and answers how many. Topups,
 * adjustments and refunds have no such time and stay.
 */
export async function forgetCharges(documents: Documents): Promise<number> {
  const now = await documents.now();
  let forgotten = 0;
  for await (const { data: owner } of everyDocument(documents, OWNERS, 'owner_id')) {
    const ofOwner = { field: 'owner_id', op: '==', value: String(owner.owner_id) } as const;
    for await (const { id, version, data } of everyDocument(documents, ENTRIES, 'entry_id', ofOwner)) {
      if (!(data.expires_at instanceof Date) || data.expires_at.getTime() > now) continue;
      await documents.commit([{ kind: 'delete', collection: ENTRIES, id, expect: { version } }]);
      forgotten++;
    }
  }
  return forgotten;
}
