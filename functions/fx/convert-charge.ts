import { documentId } from '../core/document-id.ts';
import type { Documents } from '../core/documents.ts';
import { ENTRIES, OUTBOX, outboxId } from '../core/ledger.ts';
import { chargeSums } from '../core/rollups.ts';
import { transact } from '../core/transact.ts';
import { type Counted, requestIdsOf } from '../core/usage-event.ts';

/**
 * Writes the amounts of a message's charges in both currencies, `usd` and `inr` in nanos, onto their entries, at the rates
 * that their holds fixed. Once: the outbox documents are deleted in the same transaction, and the money fields of an entry
 * stay as they are.
 */
export async function convertCharges(documents: Documents, data: unknown): Promise<Counted> {
  const ids = requestIdsOf(data);
  if (ids.length === 0) return { counted: 0, known: 0, ignored: 0 };
  return transact(documents, async (tx) => {
    const found = await Promise.all(
      ids.map(async (id) => ({
        note: await tx.get(OUTBOX, outboxId(id, 'fx')),
        entry: await tx.get(ENTRIES, documentId(id)),
      })),
    );
    let counted = 0;
    for (const { note, entry } of found) {
      if (note === null || entry === null) continue;
      const { usd, inr } = chargeSums(entry);
      const both = { usd, inr };
      tx.write({ kind: 'update', collection: ENTRIES, id: entry.id, data: both, expect: { version: entry.version } });
      tx.write({ kind: 'delete', collection: OUTBOX, id: note.id, expect: 'present' });
      counted++;
    }
    const ignored = found.filter(({ entry }) => entry === null).length;
    return { counted, known: ids.length - counted - ignored, ignored };
  });
}
