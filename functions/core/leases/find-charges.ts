import { ENTRIES } from '../ledger/entries.ts';
import { toNanos } from '../money/to-nanos.ts';
import { type Document, type Documents, type Filter, MAX_QUERY_DOCUMENTS } from '../store/documents.ts';
import type { Gap } from './counting.ts';

/** How much earlier than the charge before it one may have been made, by a clock that was corrected in between. */
const EARLIER_MS = 5_000;

/**
 * The charges that a mark misses, among their owner's entries: the newest first, since most are of a moment ago. `fromStart`: as far
 * back as their lease is old.
 */
export async function findCharges(documents: Documents, gap: Gap, fromStart: boolean): Promise<Document[]> {
  const { lease, mark, openedAt, numbers } = gap;
  const since = new Date((fromStart ? openedAt : mark.at) - EARLIER_MS);
  const where: Filter[] = [
    { field: 'owner_id', op: '==', value: lease.ownerId },
    { field: 'created_at', op: '>=', value: since },
  ];
  const found = new Map<string, Document>();
  for (let before: Date | null = null; ; ) {
    const until: Filter[] = before === null ? [] : [{ field: 'created_at', op: '<=', value: before }];
    const page = await documents.query({
      collection: ENTRIES,
      where: [...where, ...until],
      orderBy: { field: 'created_at', direction: 'desc' },
    });
    for (const entry of page) {
      const { lease_id, nth } = entry.data;
      if (lease_id === lease.leaseId && numbers.has(Number(toNanos(nth)))) found.set(entry.id, entry);
    }
    const last = page.at(-1)?.data.created_at as Date | undefined;
    const isLast = page.length < MAX_QUERY_DOCUMENTS || last === undefined || last.getTime() === before?.getTime();
    if (isLast || found.size >= numbers.size) return [...found.values()];
    before = last;
  }
}
