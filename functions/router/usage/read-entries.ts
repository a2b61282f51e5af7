import type { Document, Documents, Filter } from '../../core/documents.ts';
import { ENTRIES, type EntryKind } from '../../core/ledger.ts';
import type { Place } from './cursor.ts';

/** Lines looked at for one page, however few of them are wanted. */
export const MAX_SCANNED = 5_000;
const SCAN_PAGE = 500;

export interface EntryQuery {
  ownerId: string;
  kind: EntryKind | null;
  /** From, inclusive, and to, exclusive. */
  start: Date | null;
  end: Date | null;
  /** Where the page before ended. */
  after: Place | null;
  limit: number;
  wanted: (entry: Document) => boolean;
}

export interface EntryPage {
  entries: Document[];
  /** Where the next page begins; null at the end. */
  next: Place | null;
}

/** Lines of an owner's ledger, the newest first. New lines do not move a page that was begun before they came. */
export async function readEntries(documents: Documents, query: EntryQuery): Promise<EntryPage> {
  const { ownerId, kind, start, end, limit, wanted } = query;
  const entries: Document[] = [];
  let place = query.after;
  for (let scanned = 0; scanned < MAX_SCANNED; ) {
    const where: Filter[] = [{ field: 'owner_id', op: '==', value: ownerId }];
    if (kind !== null) where.push({ field: 'kind', op: '==', value: kind });
    if (start !== null) where.push({ field: 'created_at', op: '>=', value: start });
    if (place !== null) where.push({ field: 'created_at', op: '<=', value: new Date(place.at) });
    else if (end !== null) where.push({ field: 'created_at', op: '<', value: end });
    const orderBy = { field: 'created_at', direction: 'desc' as const };
    const found = await documents.query({ collection: ENTRIES, where, orderBy, limit: SCAN_PAGE });
    const before = place;
    // Of the moment where the last page ended, some have been seen.
    const fresh = found.filter((entry) => before === null || isAfter(placeOf(entry), before));
    for (const entry of fresh) {
      place = placeOf(entry);
      if (wanted(entry)) entries.push(entry);
      if (entries.length === limit) return { entries, next: place };
    }
    if (found.length < SCAN_PAGE || fresh.length === 0) return { entries, next: null };
    scanned += found.length;
  }
  return { entries, next: place };
}

function placeOf({ id, data }: Document): Place {
  return { at: (data.created_at as Date).getTime(), id };
}

/** Later in the list: older, or of the same moment with a smaller id. */
function isAfter(one: Place, other: Place): boolean {
  return one.at < other.at || (one.at === other.at && one.id < other.id);
}
