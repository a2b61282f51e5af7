import { MeshError } from '../../../core/errors.ts';
import { chargeSums, type Grain, type Rollup, rollupOf, toRollup } from '../../../core/ledger/rollups.ts';
import type { Document, Documents } from '../../../core/store/documents.ts';
import { type Range, widen } from './range.ts';
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
  wanted: (entry: Document) => boolean;
}

/** The requests of a time that are wanted, charged or failed, each in the form of the rollup that it alone would make. */
export async function* readAsRollups(
  documents: Pick<Documents, 'query'>,
  { ownerId, keyId, grain, range, wanted }: EntriesQuery,
): AsyncGenerator<Rollup> {
  const { start, end } = widen(range, stepOf[grain]);
  const isWanted = (entry: Document) => (keyId === null || entry.data.key_id === keyId) && wanted(entry);
  const query = { ownerId, start, end, limit: PAGE, wanted: isWanted };
  let scanned = 0;
  let after = null;
  do {
    const page = await readEvents(documents, { ...query, after });
    for (const entry of page.entries) yield toRollupAlone(entry, grain);
    scanned += page.scanned;
    after = page.next;
    if (after !== null && scanned >= MAX_ADDED_ENTRIES) throw tooMuch();
  } while (after !== null);
}

function toRollupAlone(entry: Document, grain: Grain): Rollup {
  const { id, fields } = rollupOf(entry, grain, 0);
  return toRollup({ id, version: '', data: { ...fields, ...chargeSums(entry) } as Document['data'] });
}

function tooMuch(): MeshError {
  const message = 'These are too many requests to look at one by one: ask about fewer days.';
  return new MeshError('invalid_request_error', { param: 'start', message });
}
