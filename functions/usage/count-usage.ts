import { documentId } from '../core/document-id.ts';
import type { Document, Documents, Fields } from '../core/documents.ts';
import { ENTRIES, OUTBOX, outboxId, toNanos } from '../core/ledger.ts';
import { requestIdOf } from '../core/usage-event.ts';

export const ROLLUPS = 'rollups';

/** What became of a message: `known` was counted before, `ignored` names no charge. */
export type Counted = 'counted' | 'known' | 'ignored';

/**
 * Adds a charge to the rollup of its owner, key, model and day (UTC). The outbox document of the charge is deleted in the
 * same transaction, so a message that comes again finds it gone and changes nothing.
 */
export async function countUsage(documents: Documents, data: unknown): Promise<Counted> {
  const requestId = requestIdOf(data);
  if (requestId === null) return 'ignored';
  return documents.transaction(async (tx) => {
    const note = await tx.get(OUTBOX, outboxId(requestId, 'usage'));
    const entry = await tx.get(ENTRIES, documentId(requestId));
    if (entry === null) return 'ignored';
    if (note === null) return 'known';
    const names = rollupNames(entry);
    const id = documentId([names.owner_id, names.key_id, names.model, names.day].join('|'));
    const rollup = await tx.get(ROLLUPS, id);
    tx.write({ kind: 'set', collection: ROLLUPS, id, data: { ...names, ...addUp(rollup, entry) }, expect: 'any' });
    tx.write({ kind: 'delete', collection: OUTBOX, id: note.id, expect: 'present' });
    return 'counted';
  });
}

function rollupNames({ data }: Document) {
  return {
    owner_id: String(data.owner_id),
    key_id: String(data.key_id),
    model: String(data.model),
    day: (data.created_at as Date).toISOString().slice(0, 10),
    currency: String(data.currency),
  };
}

const summed = [
  'input_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'output_tokens',
  'reasoning_tokens',
] as const;

function addUp(rollup: Document | null, { data }: Document): Fields {
  const before = (field: string) => (rollup === null ? 0n : toNanos(rollup.data[field]));
  return {
    requests: before('requests') + 1n,
    amount: before('amount') + toNanos(data.amount) + toNanos(data.overage),
    ...Object.fromEntries(summed.map((field) => [field, before(field) + toNanos(data[field])])),
  };
}
