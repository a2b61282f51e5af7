import { ENTRIES } from '../core/ledger/entries.ts';
import { OUTBOX, toldBy } from '../core/ledger/outbox.ts';
import { convertedCharge } from '../core/ledger/rollups.ts';
import { documentId } from '../core/store/document-id.ts';
import type { Document, Documents } from '../core/store/documents.ts';
import { transact } from '../core/store/transact.ts';

/**
 * Brings over what a store of before still had to convert: until then the function `fx` put both currencies on an entry later,
 * by a note of its own. Writes them, and takes the note away.
 */
export function convertNote(documents: Documents, note: Document): Promise<void> {
  return transact(documents, async (tx) => {
    const [current, ...entries] = await Promise.all([
      tx.get(OUTBOX, note.id),
      ...toldBy(note).map((requestId) => tx.get(ENTRIES, documentId(requestId))),
    ]);
    if (current == null) return;
    for (const entry of entries) {
      if (entry === null) continue;
      const { usd, inr } = convertedCharge(entry.data);
      tx.write({
        kind: 'update',
        collection: ENTRIES,
        id: entry.id,
        data: { usd, inr },
        expect: { version: entry.version },
      });
    }
    tx.write({ kind: 'delete', collection: OUTBOX, id: note.id, expect: 'present' });
  });
}
