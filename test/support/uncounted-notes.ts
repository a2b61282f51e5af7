import { LEASES } from '../../functions/core/leases/lease-store.ts';
import { OUTBOX, toldBy } from '../../functions/core/ledger/outbox.ts';
import type { Documents } from '../../functions/core/store/documents.ts';

/** What still tells consumers of charges: the requests of each note, which is a document of its own or the lease that ended with them. */
export async function uncountedNotes(documents: Documents, prefix = ''): Promise<string[][]> {
  const notes = await documents.query({ collection: OUTBOX });
  const leases = await documents.query({ collection: LEASES });
  return [...notes, ...leases.filter(({ data }) => data.request_ids !== undefined)]
    .filter(({ data }) => String(data.owner_id).startsWith(prefix))
    .map(toldBy);
}
