import { documentId } from '../core/document-id.ts';
import type { Document, Documents, Fields } from '../core/documents.ts';
import { ENTRIES, OUTBOX, outboxId } from '../core/ledger.ts';
import {
  addSums,
  chargeSums,
  grains,
  noSums,
  ROLLUP_SHARDS,
  ROLLUPS,
  rollupOf,
  type Sums,
  toRollup,
} from '../core/rollups.ts';
import { transact } from '../core/transact.ts';
import { type Counted, requestIdsOf } from '../core/usage-event.ts';

/**
 * Adds the charges of a message to the rollups they belong to, all in one transaction: first added up among themselves, so
 * that each rollup is written once. The outbox document of each is deleted with it; a charge without one was counted before
 * and changes nothing, however often and in whatever company its message comes again.
 *
 * `random` gives numbers from 0 to below 1. `onCounted` hears of each charge that is counted, once, when it was made.
 */
export async function countUsage(
  documents: Documents,
  data: unknown,
  random: () => number = Math.random,
  onCounted: (createdAt: Date) => void = () => {},
): Promise<Counted> {
  const ids = requestIdsOf(data);
  if (ids.length === 0) return { counted: 0, known: 0, ignored: 0 };
  const shard = Math.floor(random() * ROLLUP_SHARDS);
  let charges: Document[] = [];
  const counted = await transact(documents, async (tx) => {
    const found = await Promise.all(
      ids.map(async (id) => ({
        note: await tx.get(OUTBOX, outboxId(id, 'usage')),
        entry: await tx.get(ENTRIES, documentId(id)),
      })),
    );
    charges = found.flatMap(({ note, entry }) => (note === null || entry === null ? [] : [entry]));
    const ignored = found.filter(({ entry }) => entry === null).length;
    const additions = addUp(charges, shard);
    const rollups = await Promise.all([...additions.keys()].map((id) => tx.get(ROLLUPS, id)));
    for (const [index, [id, { fields, sums }]] of [...additions].entries()) {
      const before = rollups[index] ?? null;
      const total = before === null ? sums : addSums(toRollup(before), sums);
      tx.write({ kind: 'set', collection: ROLLUPS, id, data: { ...fields, ...total }, expect: 'any' });
    }
    for (const { note, entry } of found) {
      if (note !== null && entry !== null)
        tx.write({ kind: 'delete', collection: OUTBOX, id: note.id, expect: 'present' });
    }
    return { counted: charges.length, known: ids.length - charges.length - ignored, ignored };
  });
  for (const { data } of charges) onCounted(data.created_at as Date);
  return counted;
}

/** What has to be added to each rollup, by its id. */
function addUp(charges: readonly Document[], shard: number): Map<string, { fields: Fields; sums: Sums }> {
  const additions = new Map<string, { fields: Fields; sums: Sums }>();
  for (const charge of charges) {
    const own = chargeSums(charge);
    for (const grain of grains) {
      const { id, fields } = rollupOf(charge, grain, shard);
      additions.set(id, { fields, sums: addSums(additions.get(id)?.sums ?? noSums, own) });
    }
  }
  return additions;
}
