import { documentId } from '../core/document-id.ts';
import type { Documents } from '../core/documents.ts';
import { inBothCurrencies } from '../core/fx.ts';
import { ENTRIES, OUTBOX, outboxId, toNanos } from '../core/ledger.ts';
import type { Currency } from '../core/money.ts';
import { requestIdOf } from '../core/usage-event.ts';

export type Converted = 'converted' | 'known' | 'ignored';

/**
 * Writes a charge's amount in both currencies, `usd` and `inr` in nanos, onto its entry, at the rate that its hold fixed.
 * Once: the outbox document is deleted in the same transaction, and the money fields of the entry stay as they are.
 */
export async function convertCharge(documents: Documents, data: unknown): Promise<Converted> {
  const requestId = requestIdOf(data);
  if (requestId === null) return 'ignored';
  return documents.transaction(async (tx) => {
    const note = await tx.get(OUTBOX, outboxId(requestId, 'fx'));
    const entry = await tx.get(ENTRIES, documentId(requestId));
    if (entry === null) return 'ignored';
    if (note === null) return 'known';
    const { amount, overage, currency, cost_pico_usd, fx_rate, fx_as_of, fx_source } = entry.data;
    const rate = { rate: toNanos(fx_rate), asOf: String(fx_as_of), source: String(fx_source) };
    const charged = toNanos(amount) + toNanos(overage);
    const both = inBothCurrencies(charged, currency as Currency, toNanos(cost_pico_usd), rate);
    tx.write({
      kind: 'set',
      collection: ENTRIES,
      id: entry.id,
      data: { ...entry.data, ...both },
      expect: { version: entry.version },
    });
    tx.write({ kind: 'delete', collection: OUTBOX, id: note.id, expect: 'present' });
    return 'converted';
  });
}
