import { FAILED_REQUESTS } from '../../../core/ledger/failed-requests.ts';
import type { Document, Documents } from '../../../core/store/documents.ts';
import { type EntryPage, type EntryQuery, isAfter, linesOf, placeOf, takePage } from './read-entries.ts';

/** Charges, and requests that held money and failed, as one list, the newest first: as `readEntries` has it. */
export function readEvents(
  documents: Pick<Documents, 'query'>,
  query: Omit<EntryQuery, 'kind' | 'collection'>,
): Promise<EntryPage> {
  const charges = linesOf(documents, { ...query, kind: 'charge' });
  const failures = linesOf(documents, { ...query, kind: null, collection: FAILED_REQUESTS });
  return takePage(inOneOrder(charges, failures), query);
}

/** Two lists that are in the order of their places, as one in that order. */
async function* inOneOrder(one: AsyncGenerator<Document>, other: AsyncGenerator<Document>): AsyncGenerator<Document> {
  let [first, second] = await Promise.all([one.next(), other.next()]);
  while (!first.done || !second.done) {
    const isSecond = first.done || (!second.done && isAfter(placeOf(first.value), placeOf(second.value)));
    if (isSecond) {
      yield second.value as Document;
      second = await other.next();
    } else {
      yield first.value as Document;
      first = await one.next();
    }
  }
}
