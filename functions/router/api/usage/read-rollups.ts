import { MeshError } from '../../../core/errors.ts';
import {
  type Grain,
  hoursOf,
  placeOf,
  ROLLUP_SHARDS,
  ROLLUPS,
  type Rollup,
  toRollup,
} from '../../../core/ledger/rollups.ts';
import { type Document, type Documents, type Filter, MAX_QUERY_DOCUMENTS } from '../../../core/store/documents.ts';
import { DAY_MS, HOUR_MS, type Range, widen } from './range.ts';

/** Rollups that one question may add up. */
export const MAX_ROLLUPS = 50_000;

export const stepOf: Readonly<Record<Grain, typeof HOUR_MS | typeof DAY_MS>> = { hour: HOUR_MS, day: DAY_MS };

export interface RollupQuery {
  /** Null for everybody's. */
  ownerId: string | null;
  /** Null for all keys. */
  keyId: string | null;
  grain: Grain;
  /** All periods that it touches. */
  range: Range;
}

/** The rollups of a time, oldest first within each shard, however many there are. */
export async function* readRollups(documents: Pick<Documents, 'query'>, query: RollupQuery): AsyncGenerator<Rollup> {
  let read = 0;
  for (const part of partsOf(query)) {
    for await (const rollup of rollupsOf(documents, part, query)) {
      if (++read > MAX_ROLLUPS) throw tooMuch();
      // A key is of one owner; whose it is must not depend on that.
      if (query.ownerId === null || rollup.ownerId === query.ownerId) yield rollup;
    }
  }
}

/** The narrowest equality there is an index for; everybody's usage is found shard by shard. */
function partsOf({ ownerId, keyId }: RollupQuery): Filter[] {
  if (keyId !== null) return [{ field: 'key_id', op: '==', value: keyId }];
  if (ownerId !== null) return [{ field: 'owner_id', op: '==', value: ownerId }];
  return Array.from({ length: ROLLUP_SHARDS }, (_, shard) => ofShard(shard));
}

function ofShard(shard: number): Filter {
  return { field: 'shard', op: '==', value: BigInt(shard) };
}

/** Hours stand in their days; those of before, which had documents of their own, beside them. */
async function* rollupsOf(
  documents: Pick<Documents, 'query'>,
  part: Filter,
  { grain, range }: RollupQuery,
): AsyncGenerator<Rollup> {
  if (grain === 'hour') {
    const { start, end } = widen(range, HOUR_MS);
    const [first, next] = [toPeriod(start, grain), toPeriod(end, grain)];
    for await (const day of readPart(documents, part, { grain: 'day', range })) {
      yield* hoursOf(day).filter(({ period }) => period >= first && period < next);
    }
  }
  for await (const document of readPart(documents, part, { grain, range }, 'hours')) yield toRollup(document);
}

/** Everybody's rollups of one shard, however many there are: for what looks at all of them, and now and then. */
export async function* rollupsOfShard(
  documents: Pick<Documents, 'query'>,
  shard: number,
  time: Pick<RollupQuery, 'grain' | 'range'>,
): AsyncGenerator<Rollup> {
  for await (const document of readPart(documents, ofShard(shard), time)) yield toRollup(document);
}

/**
 * Page by page in the order of `place`, which no two rollups share.
 * `without`: the hours are most of a day, and cost most of its reading.
 */
async function* readPart(
  documents: Pick<Documents, 'query'>,
  part: Filter,
  { grain, range }: Pick<RollupQuery, 'grain' | 'range'>,
  without?: 'hours',
): AsyncGenerator<Document> {
  const { start, end } = widen(range, stepOf[grain]);
  const before: Filter = { field: 'place', op: '<', value: placeOf(grain, toPeriod(end, grain)) };
  let from: Filter = { field: 'place', op: '>=', value: placeOf(grain, toPeriod(start, grain)) };
  for (;;) {
    const found = await documents.query({
      collection: ROLLUPS,
      where: [part, from, before],
      orderBy: { field: 'place', direction: 'asc' },
      ...(without === undefined ? {} : { without }),
    });
    yield* found;
    const last = found.at(-1);
    if (last === undefined || found.length < MAX_QUERY_DOCUMENTS) return;
    from = { field: 'place', op: '>', value: String(last.data.place) };
  }
}

function toPeriod(at: Date, grain: Grain): string {
  return at.toISOString().slice(0, grain === 'day' ? 10 : 13);
}

function tooMuch(): MeshError {
  const message = 'This is too much to add up at once: ask about fewer days, one owner or one key.';
  return new MeshError('invalid_request_error', { param: 'start', message });
}
