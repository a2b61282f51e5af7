import { ENTRIES, type EntryKind } from '../../../core/ledger/entries.ts';
import { type Document, type Documents, type Filter, MAX_QUERY_DOCUMENTS } from '../../../core/store/documents.ts';
import type { Place } from './cursor.ts';

/** Lines looked at for one page, however few of them are wanted: the page says so, and its cursor goes on from there. */
export const MAX_SCANNED = 10_000;

/** Lines of one owner that may be of one and the same millisecond, since a page begins at a millisecond. */
export const MAX_SAME_MOMENT = MAX_QUERY_DOCUMENTS - 1;

export interface EntryQuery {
  /** What is listed like entries; `ENTRIES` where nothing is said. */
  collection?: string;
  ownerId: string;
  kind: EntryKind | null;
  /** A session that they are all of, which there is an index for; null or absent for any. */
  session?: string | null;
  /** A key that they are all of, which there is an index for as well; null or absent for any. Of a session that index is taken. */
  keyId?: string | null;
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
  /** Where the next page begins; null where nothing more is wanted. */
  next: Place | null;
  /** Lines that were looked at. */
  scanned: number;
}

/**
 * Lines of an owner's ledger, the newest first. New lines do not move a page that was begun before they came. What only few
 * lines have is looked for line by line, which needs no index of its own.
 */
export function readEntries(documents: Pick<Documents, 'query'>, query: EntryQuery): Promise<EntryPage> {
  return takePage(linesOf(documents, query), query);
}

/** A page of the lines that are wanted, looked for in `MAX_SCANNED` lines at most. */
export async function takePage(
  lines: AsyncIterable<Document>,
  { after, limit, wanted }: Pick<EntryQuery, 'after' | 'limit' | 'wanted'>,
): Promise<EntryPage> {
  const entries: Document[] = [];
  let place = after;
  let scanned = 0;
  for await (const line of lines) {
    const isWanted = wanted(line);
    if (scanned === MAX_SCANNED || (isWanted && entries.length === limit)) return { entries, next: place, scanned };
    if (isWanted) entries.push(line);
    place = placeOf(line);
    scanned++;
  }
  return { entries, next: null, scanned };
}

/** All lines that a query is about, whether wanted or not, the newest first; each step reads twice as many as the one before. */
export async function* linesOf(documents: Pick<Documents, 'query'>, query: EntryQuery): AsyncGenerator<Document> {
  let place = query.after;
  // One to see whether there is more, and one that the page before has had.
  let size = Math.min(query.limit + 2, MAX_QUERY_DOCUMENTS);
  for (;;) {
    const found = await findFrom(documents, query, place, size);
    const seen = place;
    const fresh = seen === null ? found : found.filter((entry) => isAfter(placeOf(entry), seen));
    yield* fresh;
    const last = fresh.at(-1);
    if (last !== undefined) place = placeOf(last);
    if (found.length < size) return;
    if (last === undefined && size === MAX_QUERY_DOCUMENTS) {
      throw new RangeError(`An owner has more than ${MAX_SAME_MOMENT} entries of one millisecond.`);
    }
    size = Math.min(2 * size, MAX_QUERY_DOCUMENTS);
  }
}

/** The lines from a place on, what was seen of the same millisecond among them. */
function findFrom(
  documents: Pick<Documents, 'query'>,
  { collection = ENTRIES, ownerId, kind, session = null, keyId = null, start, end }: EntryQuery,
  place: Place | null,
  limit: number,
): Promise<Document[]> {
  const where: Filter[] = [{ field: 'owner_id', op: '==', value: ownerId }];
  if (kind !== null) where.push({ field: 'kind', op: '==', value: kind });
  if (session !== null) where.push({ field: 'session', op: '==', value: session });
  else if (keyId !== null) where.push({ field: 'key_id', op: '==', value: keyId });
  if (start !== null) where.push({ field: 'created_at', op: '>=', value: start });
  if (place !== null) where.push({ field: 'created_at', op: '<=', value: new Date(place.at) });
  else if (end !== null) where.push({ field: 'created_at', op: '<', value: end });
  return documents.query({
    collection,
    where,
    orderBy: { field: 'created_at', direction: 'desc' },
    limit,
  });
}

export function placeOf({ id, data }: Document): Place {
  return { at: (data.created_at as Date).getTime(), id };
}

/** Later in the list: older, or of the same moment with a smaller id. */
export function isAfter(one: Place, other: Place): boolean {
  return one.at < other.at || (one.at === other.at && one.id < other.id);
}
