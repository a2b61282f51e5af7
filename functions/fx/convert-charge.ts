import { ENTRIES } from '../core/ledger/entries.ts';
import { countOnce } from '../core/ledger/outbox.ts';
import { chargeSums } from '../core/ledger/rollups.ts';
import type { Counted } from '../core/ledger/usage-event.ts';
import type { Documents } from '../core/store/documents.ts';

/**
 * Writes the amounts of a message's charges in both currencies, `usd` and `inr` in nanos, onto their entries, at the rates
 * that their holds fixed. Once; and the money fields of an entry stay as they are.
 */
export function convertCharges(documents: Documents, data: unknown): Promise<Counted> {
  return countOnce(documents, 'fx', data, async (tx, charges) => {
    for (const entry of charges) {
      const { usd, inr } = chargeSums(entry);
      const both = { usd, inr };
      tx.write({ kind: 'update', collection: ENTRIES, id: entry.id, data: both, expect: { version: entry.version } });
    }
  });
}
