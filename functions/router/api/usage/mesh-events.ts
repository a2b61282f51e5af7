import type { Documents } from '../../../core/store/documents.ts';
import { encodeEvent } from './encode-event.ts';
import { type EntryPage, type EntryQuery, MAX_SCANNED } from './read-entries.ts';
import { readEvents } from './read-events.ts';

/** Events that are read at once. */
const PAGE = 200;

/** What Mesh API's clients say where ours have a cursor. */
export interface MeshPage {
  offset: number;
  limit: number;
}

/**
 * Events as Mesh API's clients read them: a part of all that there are in the time asked for, and how many these are. `truncated`:
 * whether there are more than the newest `MAX_SCANNED`, which are all that is counted.
 */
export async function meshEvents(
  documents: Pick<Documents, 'query'>,
  query: Omit<EntryQuery, 'kind' | 'collection' | 'limit'>,
  { offset, limit }: MeshPage,
) {
  const found: EntryPage['entries'] = [];
  let place = query.after;
  let scanned = 0;
  do {
    const page = await readEvents(documents, { ...query, after: place, limit: PAGE });
    found.push(...page.entries);
    scanned += page.scanned;
    place = page.next;
  } while (place !== null && scanned < MAX_SCANNED);
  return {
    events: found.slice(offset, offset + limit).map(encodeMeshEvent),
    total: found.length,
    offset,
    limit,
    truncated: place !== null,
  };
}

function encodeMeshEvent(charge: EntryPage['entries'][number]) {
  const { id, cost, ...event } = encodeEvent(charge);
  return {
    request_id: id,
    ...event,
    cost_usd: cost.usd,
    cost_inr: cost.inr,
    cost_amount: cost.amount,
    currency: cost.currency,
  };
}
