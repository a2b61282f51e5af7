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

test('nothing is asked of entries where nothing is said', () => {
  expect(toEntryFilter({})).toBeNull();
  expect(toEntryFilter({ metadata: {} })).toBeNull();
  expect(toEntryFilter({ streamed: false })).not.toBeNull();
});
