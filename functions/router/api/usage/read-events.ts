import { FAILED_REQUESTS } from '../../../core/ledger/failed-requests.ts';
import type { Documents } from '../../../core/store/documents.ts';
import { type EntryPage, type EntryQuery, isAfter, placeOf, readEntries } from './read-entries.ts';

/** Charges, and requests that held money and failed, as one list, the newest first: as `readEntries` has it. */
export async function readEvents(
  documents: Pick<Documents, 'query'>,
  query: Omit<EntryQuery, 'kind' | 'collection'>,
): Promise<EntryPage> {
  const pages = await Promise.all([
    readEntries(documents, { ...query, kind: 'charge' }),
    readEntries(documents, { ...query, kind: null, collection: FAILED_REQUESTS }),
  ]);
  const scanned = pages.reduce((sum, page) => sum + page.scanned, 0);
  // What lies behind the place up to which either has looked is not known yet.
  const ends = pages.flatMap(({ next }) => next ?? []);
  const [horizon = null] = ends.sort((a, b) => (isAfter(a, b) ? 1 : -1));
  const known = pages
    .flatMap(({ entries }) => entries)
    .filter((entry) => horizon === null || !isAfter(placeOf(entry), horizon))
    .sort((a, b) => (isAfter(placeOf(a), placeOf(b)) ? 1 : -1));
  const entries = known.slice(0, query.limit);
  const last = entries.at(-1);
  const isCut = known.length > entries.length && last !== undefined;
  return { entries, next: isCut ? placeOf(last) : horizon, scanned };
}
