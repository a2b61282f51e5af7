import { MeshError } from '../../../core/errors.ts';
import { chargeSums, type Grain, type Rollup, rollupOf, toRollup } from '../../../core/ledger/rollups.ts';
import type { Document, Documents } from '../../../core/store/documents.ts';
import type { Place } from './cursor.ts';
import { type Range, widen } from './range.ts';
import type { EntryPage } from './read-entries.ts';
import { readEvents } from './read-events.ts';
import { stepOf } from './read-rollups.ts';

/** Entries that one question may look at. */
export const MAX_ADDED_ENTRIES = 50_000;
const PAGE = 500;

export interface EntriesQuery {
  ownerId: string;
  /** Null for all keys. */
  keyId: string | null;
  grain: Grain;
  /** All periods that it touches. */
  range: Range;
  /** A session that they are all of; null for any. */
  session?: string | null;
  wanted: (entry: Document) => boolean;
  /** Requests that are looked at; `MAX_ADDED_ENTRIES` where nothing is said. */
  most?: number;
  /** Hears from when on it is all of them, where there are more than are looked at. Without it that is refused. */
  onCut?: (since: Date) => void;
}

/**
 * The requests of a time that are wanted, charged or failed, the newest first, each in the form of the rollup that it alone would
 * make.
 */
export async function* readAsRollups(
  documents: Pick<Documents, 'query'>,
  { ownerId, keyId, session = null, grain, range, wanted, most = MAX_ADDED_ENTRIES, onCut }: EntriesQuery,
): AsyncGenerator<Rollup & { entry: Document }> {
  const { start, end } = widen(range, stepOf[grain]);
  const isWanted = (entry: Document) => (keyId === null || entry.data.key_id === keyId) && wanted(entry);
  const query = { ownerId, session, keyId, start, end, limit: PAGE, wanted: isWanted };
  let scanned = 0;
  let after: Place | null = null;
  do {
    const page: EntryPage = await readEvents(documents, { ...query, after });
    for (const entry of page.entries) yield { ...toRollupAlone(entry, grain), entry };
    scanned += page.scanned;
    after = page.next;
    if (after !== null && scanned >= most) {
      if (onCut === undefined) throw tooMuch();
      onCut(new Date(after.at));
      return;
    }
  } while (after !== null);
}

function toRollupAlone(entry: Document, grain: Grain): Rollup {
  const { id, fields } = rollupOf(entry, grain, 0);
  return toRollup({ id, version: '', data: { ...fields, ...chargeSums(entry) } as Document['data'] });
}

export function tooMuch(): MeshError {
  const message = 'These are too many requests to look at one by one: ask about fewer days.';
  return new MeshError('invalid_request_error', { param: 'start', message });
}
