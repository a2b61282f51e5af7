import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  addUpDays,
  fromDayAddition,
  type Grain,
  noSums,
  ROLLUP_SHARDS,
  ROLLUPS,
  rollupOf,
} from '../../../core/ledger/rollups.ts';
import { type Documents, MAX_QUERY_DOCUMENTS, type Write } from '../../../core/store/documents.ts';
import { openSqliteDocuments } from '../../../platform/documents/sqlite-documents.ts';
import { MAX_ROLLUPS, type RollupQuery, readRollups } from './read-rollups.ts';

let documents: Documents;
beforeEach(async () => {
  documents = await openSqliteDocuments(':memory:');
});
afterEach(() => documents.close());

interface MadeUp {
  at: string;
  owner?: string;
  key?: string;
  model?: string;
  grain?: Grain;
  shard?: number;
}

const write = ({ at, owner = 'own_a', key = 'key_a', model = 'm', grain = 'day', shard = 0 }: MadeUp): Write => {
  const data = { owner_id: owner, key_id: key, model, provider: 'p', currency: 'USD', created_at: new Date(at) };
  const { id, fields } = rollupOf({ id: '', version: '', data }, grain, shard);
  return { kind: 'set', collection: ROLLUPS, id, data: { ...fields, ...noSums, requests: 1n }, expect: 'absent' };
};

async function count(query: Partial<RollupQuery>, start = '2026-11-23', end = '2026-11-24'): Promise<bigint> {
  const range = { start: new Date(start), end: new Date(end) };
  let requests = 0n;
  const asked: RollupQuery = { ownerId: 'own_a', keyId: null, grain: 'day', range, ...query };
  for await (const rollup of readRollups(documents, asked)) requests += rollup.requests;
  return requests;
}

test('a day of more rollups than one query gives is added up whole', async () => {
  const many = Array.from({ length: 2_345 }, (_, n) =>
    write({ at: '2026-11-23', model: `m${n}`, shard: n % ROLLUP_SHARDS }),
  );
  await documents.commit(many);
  expect(await count({})).toBe(2_345n);
  expect(await count({ keyId: 'key_a' })).toBe(2_345n);
  expect(await count({ ownerId: null })).toBe(2_345n);
});

test('days count from midnight to midnight UTC, and hours are not added to them', async () => {
  await documents.commit([
    write({ at: '2026-11-22T23:59:59.999Z' }),
    write({ at: '2026-11-23T00:00:00Z' }),
    write({ at: '2026-11-24T00:00:00Z' }),
    write({ at: '2026-11-23T00:00:00Z', grain: 'hour' }),
    write({ at: '2026-11-23T23:00:00Z', grain: 'hour' }),
    write({ at: '2026-11-24T00:00:00Z', grain: 'hour' }),
  ]);
  expect(await count({})).toBe(1n);
  expect(await count({}, '2026-11-22', '2026-11-25')).toBe(3n);
  expect(await count({ grain: 'hour' })).toBe(2n);
  expect(await count({ grain: 'hour' }, '2026-11-23T23:10:00Z', '2026-11-23T23:20:00Z')).toBe(1n);
});

test('hours are found in their days, beside those of before that have documents of their own', async () => {
  const at = new Date('2026-11-23T14:30:00Z');
  const data = { owner_id: 'own_a', key_id: 'key_a', model: 'm', provider: 'p', currency: 'USD', created_at: at };
  const money = { amount: 1n, overage: 0n, cost_pico_usd: 1n, fx_rate: 88n, fx_as_of: '', fx_source: '' };
  const days = addUpDays([{ id: '', version: '', data: { ...data, ...money } }], 0);
  await documents.commit([
    ...[...days].map(([id, day]): Write => {
      return { kind: 'set', collection: ROLLUPS, id, data: fromDayAddition(day), expect: 'absent' };
    }),
    write({ at: '2026-11-23T13:00:00Z', grain: 'hour' }),
    write({ at: '2026-11-23T14:00:00Z', grain: 'hour' }),
  ]);
  expect(await count({})).toBe(1n);
  expect(await count({ grain: 'hour' })).toBe(3n);
  expect(await count({ grain: 'hour' }, '2026-11-23T14:00:00Z', '2026-11-23T15:00:00Z')).toBe(2n);
  expect(await count({ grain: 'hour' }, '2026-11-23T15:00:00Z', '2026-11-23T16:00:00Z')).toBe(0n);
});

test('nobody reads another owner’s rollups, nor by naming its key', async () => {
  await documents.commit([
    write({ at: '2026-11-23' }),
    write({ at: '2026-11-23', owner: 'own_b', key: 'key_b' }),
    write({ at: '2026-11-23', owner: 'own_b', key: 'key_b', shard: 1 }),
  ]);
  expect(await count({})).toBe(1n);
  expect(await count({ keyId: 'key_b' })).toBe(0n);
  expect(await count({ ownerId: 'own_b', keyId: 'key_b' })).toBe(2n);
  expect(await count({ ownerId: null })).toBe(3n);
});

test('a question that is too large is refused, not answered with a part', async () => {
  await documents.commit([write({ at: '2026-11-23' })]);
  const [one] = await documents.query({ collection: ROLLUPS });
  if (one === undefined) throw new Error('nothing was written');
  const endless: Pick<Documents, 'query'> = { query: async () => Array(MAX_QUERY_DOCUMENTS).fill(one) };
  const range = { start: new Date('2026-11-23'), end: new Date('2026-11-24') };
  let read = 0;
  const readEverything = async () => {
    for await (const _ of readRollups(endless, { ownerId: 'own_a', keyId: null, grain: 'day', range })) read++;
  };
  await expect(readEverything()).rejects.toMatchObject({ code: 'invalid_request_error', param: 'start' });
  expect(read).toBe(MAX_ROLLUPS);
});
