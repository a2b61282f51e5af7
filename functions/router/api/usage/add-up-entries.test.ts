import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ENTRIES } from '../../../core/ledger/entries.ts';
import { documentId } from '../../../core/store/document-id.ts';
import type { Documents, Fields } from '../../../core/store/documents.ts';
import { openSqliteDocuments } from '../../../platform/documents/sqlite-documents.ts';
import { readAsRollups } from './add-up-entries.ts';
import { type EntryFilters, toEntryFilter } from './entry-filter.ts';

const day = Date.UTC(2026, 10, 23);
const range = { start: new Date(day), end: new Date(day + 1) };
let documents: Documents;
beforeEach(async () => {
  documents = await openSqliteDocuments(':memory:');
});
afterEach(() => documents.close());

async function charge(id: string, facts: Fields = {}, at = day + 1): Promise<void> {
  const data = {
    entry_id: id,
    owner_id: 'own_a',
    key_id: 'key_a',
    kind: 'charge',
    currency: 'USD',
    model: 'acme/large',
    provider: 'acme',
    outcome: 'finished',
    amount: 5n,
    overage: 0n,
    cost_pico_usd: 5_000n,
    fx_rate: 88_000_000n,
    fx_as_of: '2026-11-01',
    fx_source: 'test',
    created_at: new Date(at),
    ...facts,
  };
  await documents.commit([{ kind: 'set', collection: ENTRIES, id: documentId(id), data, expect: 'absent' }]);
}

async function count(filters: EntryFilters, keyId: string | null = null): Promise<number> {
  const wanted = toEntryFilter(filters) ?? (() => true);
  let requests = 0n;
  const query = { ownerId: 'own_a', keyId, grain: 'day', range, wanted } as const;
  for await (const rollup of readAsRollups(documents, query)) {
    expect(rollup).toMatchObject({ model: 'acme/large', provider: 'acme', period: '2026-11-23', amount: 5n });
    requests += rollup.requests;
  }
  return Number(requests);
}

test('requests are added up by what only their entries know', async () => {
  await charge('req_1', { session: 's1', surface: 'chat', streamed: true, finish_reason: 'stop' });
  await charge('req_2', { session: 's1', surface: 'messages', streamed: false, end_user: 'usr_1' });
  await charge('req_3', {
    outcome: 'upstream_broke',
    error: 'upstream_error',
    metadata: JSON.stringify({ team: 'a', app: 'x' }),
  });
  await charge('req_4', { session: 's1', key_id: 'key_b' });
  await charge('req_5', { session: 's1' }, day - 1);
  await charge('req_6', { session: 's1', owner_id: 'own_b' });
  expect(await count({ session: 's1' })).toBe(3);
  expect(await count({ session: 's1' }, 'key_b')).toBe(1);
  expect(await count({ session: 's1', surface: 'messages' })).toBe(1);
  expect([await count({ streamed: true }), await count({ streamed: false })]).toEqual([1, 1]);
  expect(await count({ end_user: 'usr_1' })).toBe(1);
  expect(await count({ finish_reason: 'stop' })).toBe(1);
  expect(await count({ error: 'upstream_error', outcome: 'upstream_broke' })).toBe(1);
  expect(await count({ metadata: { team: 'a' } })).toBe(1);
  expect(await count({ metadata: { team: 'a', app: 'y' } })).toBe(0);
  expect(await count({ metadata: { constructor: 'a' } })).toBe(0);
});

test('all of them are added up, however many pages that takes', async () => {
  for (let n = 0; n < 1_100; n++) await charge(`req_${n}`, { session: n % 2 === 0 ? 'even' : 'odd' }, day + n);
  expect([await count({ session: 'even' }), await count({})]).toEqual([550, 1_100]);
});

test('of more than are looked at the newest are added up, and it is said from when on that is all', async () => {
  for (let n = 0; n < 1_100; n++) await charge(`req_${n}`, {}, day + n);
  const query = { ownerId: 'own_a', keyId: null, grain: 'day', range, wanted: () => true, most: 500 } as const;
  const seen: number[] = [];
  let since: Date | null = null;
  const onCut = (at: Date) => {
    since = at;
  };
  for await (const { entry } of readAsRollups(documents, { ...query, onCut })) {
    seen.push((entry.data.created_at as Date).getTime() - day);
  }
  expect(seen.length).toBeGreaterThanOrEqual(500);
  expect(seen.length).toBeLessThan(1_100);
  // What is newer than that is there without a hole.
  const after = Number(since) - day;
  expect(seen.filter((at) => at > after)).toEqual(Array.from({ length: 1_099 - after }, (_, n) => 1_099 - n));
  const refused = async () => {
    for await (const _ of readAsRollups(documents, query));
  };
  await expect(refused).rejects.toMatchObject({ code: 'invalid_request_error', param: 'start' });
});

test('nothing is asked of entries where nothing is said', () => {
  expect(toEntryFilter({})).toBeNull();
  expect(toEntryFilter({ metadata: {} })).toBeNull();
  expect(toEntryFilter({ streamed: false })).not.toBeNull();
});
