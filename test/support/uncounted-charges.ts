import { LEASES } from '../../functions/core/leases/lease-store.ts';
import { isCounted, MARKS, toMark } from '../../functions/core/leases/marks.ts';
import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import { hasNote, OUTBOX, toldBy } from '../../functions/core/ledger/outbox.ts';
import type { Documents } from '../../functions/core/store/documents.ts';
import { collect, everyDocument } from '../../functions/core/store/every-document.ts';

/**
 * The requests that consumers have still to count: charges that the mark of their lease has not, and what notes tell of. What has
 * neither, and no lease any more, is counted.
 */
export async function uncountedCharges(documents: Documents, prefix = ''): Promise<string[]> {
  const all = (collection: string) => collect(everyDocument(documents, collection, idFieldOf[collection] ?? ''));
  const [notes, leases, marks] = [await documents.query({ collection: OUTBOX }), await all(LEASES), await all(MARKS)];
  const open = new Set(leases.map(({ data }) => String(data.lease_id)));
  const markOf = new Map(marks.map((mark) => [String(mark.data.lease_id), toMark(mark)]));
  const charges = (await all(ENTRIES)).filter((entry) => {
    const { kind, lease_id, nth } = entry.data;
    if (kind !== 'charge' || hasNote(entry) || !open.has(String(lease_id))) return false;
    const mark = markOf.get(String(lease_id));
    return mark === undefined || !isCounted(mark, Number(nth));
  });
  return [
    ...charges.filter(({ data }) => String(data.owner_id).startsWith(prefix)).map(({ data }) => String(data.entry_id)),
    ...notes.filter(({ data }) => String(data.owner_id).startsWith(prefix)).flatMap(toldBy),
  ];
}

const idFieldOf: Readonly<Record<string, string>> = {
  [LEASES]: 'lease_id',
  [MARKS]: 'lease_id',
  [ENTRIES]: 'entry_id',
};
