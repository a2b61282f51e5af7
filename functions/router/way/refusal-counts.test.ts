import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { REFUSALS } from '../../core/ledger/refusals.ts';
import type { Documents } from '../../core/store/documents.ts';
import { openSqliteDocuments } from '../../platform/documents/sqlite-documents.ts';
import { createRefusalCounts, MAX_COUNTED_MINUTES, MINUTE_MS } from './refusal-counts.ts';

const begin = Date.UTC(2026, 10, 28, 12);
const key = { id: 'key_a', ownerId: 'own_a' };
let documents: Documents;
let at = begin;
beforeEach(async () => {
  documents = await openSqliteDocuments(':memory:');
  at = begin;
});
afterEach(() => documents.close());

const counter = (instanceId = 'ins_1', store: Pick<Documents, 'commit'> = documents) =>
  createRefusalCounts({ documents: store, now: () => at, instanceId });
const stored = async () =>
  (await documents.query({ collection: REFUSALS, orderBy: { field: 'minute', direction: 'asc' } })).map(
    ({ data: { key_id, owner_id, minute, counts } }) => ({ key_id, owner_id, minute, counts }),
  );

test('refusals are added up by key, minute and code, and written when they are flushed', async () => {
  const counts = counter();
  counts.count(key, 'model_not_found');
  counts.count(key, 'rate_limit_exceeded');
  counts.count(key, 'rate_limit_exceeded');
  expect(await stored()).toEqual([]);
  await counts.flush();
  at += MINUTE_MS;
  counts.count(key, 'rate_limit_exceeded');
  await counts.flush();
  const own = { key_id: 'key_a', owner_id: 'own_a' };
  expect(await stored()).toEqual([
    { ...own, minute: new Date(begin), counts: { model_not_found: 1n, rate_limit_exceeded: 2n } },
    { ...own, minute: new Date(begin + MINUTE_MS), counts: { rate_limit_exceeded: 1n } },
  ]);
});

test('a minute that is written again has all of its counts, and two instances do not overwrite each other', async () => {
  const one = counter('ins_1');
  const other = counter('ins_2');
  one.count(key, 'forbidden');
  await one.flush();
  one.count(key, 'forbidden');
  other.count(key, 'forbidden');
  await Promise.all([one.flush(), other.flush()]);
  expect((await stored()).map(({ counts }) => Object(counts).forbidden).sort()).toEqual([1n, 2n]);
});

test('what cannot be written is written by the next flush, and nothing is written twice for nothing', async () => {
  let commits = 0;
  let broken = true;
  const counts = counter('ins_1', {
    commit(writes) {
      commits++;
      if (broken) return Promise.reject(new Error('away'));
      return documents.commit(writes);
    },
  });
  counts.count(key, 'bad_request');
  await expect(counts.flush()).rejects.toThrow('away');
  at += 10 * MINUTE_MS;
  broken = false;
  await counts.flush();
  await counts.flush();
  expect(commits).toBe(2);
  expect(await stored()).toMatchObject([{ minute: new Date(begin), counts: { bad_request: 1n } }]);
});

test('a refusal that comes while counts are written is not lost', async () => {
  let release = () => {};
  const counts = counter('ins_1', {
    async commit(writes) {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return documents.commit(writes);
    },
  });
  counts.count(key, 'bad_request');
  const first = counts.flush();
  counts.count(key, 'bad_request');
  release();
  await first;
  const second = counts.flush();
  release();
  await second;
  expect(await stored()).toMatchObject([{ counts: { bad_request: 2n } }]);
});

test('memory is bounded: the refusals of more keys than are counted at once are forgotten, until minutes are over', async () => {
  const counts = counter();
  for (let n = 0; n <= MAX_COUNTED_MINUTES; n++) counts.count({ id: `key_${n}`, ownerId: 'own_a' }, 'forbidden');
  await counts.flush();
  const of = async (id: string) =>
    documents.query({ collection: REFUSALS, where: [{ field: 'key_id', op: '==', value: id }] });
  expect(await of(`key_${MAX_COUNTED_MINUTES - 1}`)).toHaveLength(1);
  expect(await of(`key_${MAX_COUNTED_MINUTES}`)).toEqual([]);
  at += MINUTE_MS;
  await counts.flush();
  counts.count({ id: `key_${MAX_COUNTED_MINUTES}`, ownerId: 'own_a' }, 'forbidden');
  await counts.flush();
  expect(await of(`key_${MAX_COUNTED_MINUTES}`)).toHaveLength(1);
});
