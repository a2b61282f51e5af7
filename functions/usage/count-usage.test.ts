import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { documentId } from '../core/document-id.ts';
import type { Documents } from '../core/documents.ts';
import { ENTRIES, OUTBOX, postWrites } from '../core/ledger.ts';
import { convertCharge } from '../fx/convert-charge.ts';
import { openSqliteDocuments } from '../platform/documents/sqlite-documents.ts';
import { countUsage, ROLLUPS } from './count-usage.ts';

const fx = { rate: 88_000_000n, asOf: '2026-11-20', source: 'test' };
const facts = (model: string) => ({
  model,
  input_tokens: 10n,
  cache_read_tokens: 4n,
  cache_write_tokens: 0n,
  output_tokens: 5n,
  reasoning_tokens: 2n,
});
let documents: Documents;
let now = Date.UTC(2026, 10, 23, 23, 59);

beforeEach(async () => {
  documents = await openSqliteDocuments(':memory:');
  now = Date.UTC(2026, 10, 23, 23, 59);
});
afterEach(() => documents.close());

async function charge(requestId: string, model = 'acme/large', cost = 1_000_000n): Promise<void> {
  const amount = cost / 1_000n;
  const hold = { requestId, ownerId: 'own_a', keyId: 'key_a', currency: 'USD' as const, amount, fx };
  const posting = { amount, overage: 0n, writtenOff: 0n };
  await documents.commit(postWrites(hold, { cost, facts: facts(model) }, posting, new Date(now)));
}

const rollups = async () =>
  (await documents.query({ collection: ROLLUPS, orderBy: { field: 'day', direction: 'asc' } })).map(({ data }) => data);

test('charges add up by owner, key, model and day', async () => {
  await charge('req_1');
  await charge('req_2');
  await charge('req_3', 'acme/small');
  now += 60_000;
  await charge('req_4');
  for (const id of ['req_1', 'req_2', 'req_3', 'req_4'])
    expect(await countUsage(documents, { request_id: id })).toBe('counted');
  const all = await rollups();
  expect(all).toHaveLength(3);
  expect(all.filter(({ model }) => model === 'acme/large')).toEqual([
    expect.objectContaining({
      owner_id: 'own_a',
      key_id: 'key_a',
      day: '2026-11-23',
      requests: 2n,
      amount: 2_000n,
      input_tokens: 20n,
      cache_read_tokens: 8n,
      output_tokens: 10n,
      reasoning_tokens: 4n,
      currency: 'USD',
    }),
    expect.objectContaining({ day: '2026-11-24', requests: 1n, amount: 1_000n }),
  ]);
});

test('a message that comes a hundred times, in any order, changes nothing more', async () => {
  await charge('req_1');
  await charge('req_2');
  const deliveries = fc.sample(fc.constantFrom('req_1', 'req_2'), { numRuns: 100, seed: 7 });
  await Promise.all(
    deliveries.flatMap((id) => [
      countUsage(documents, { request_id: id }),
      convertCharge(documents, { request_id: id }),
    ]),
  );
  expect(await rollups()).toEqual([expect.objectContaining({ requests: 2n, amount: 2_000n })]);
  expect(await documents.query({ collection: OUTBOX })).toEqual([]);
});

test('each consumer counts for itself', async () => {
  await charge('req_1');
  expect(await convertCharge(documents, { request_id: 'req_1' })).toBe('converted');
  expect(await convertCharge(documents, { request_id: 'req_1' })).toBe('known');
  expect(await countUsage(documents, { request_id: 'req_1' })).toBe('counted');
  const entry = await documents.get(ENTRIES, documentId('req_1'));
  expect(entry?.data).toMatchObject({ amount: 1_000n, currency: 'USD', usd: 1_000n, inr: 88_000n });
});

test.each([[null], ['text'], [{}], [{ request_id: 7 }], [{ request_id: '' }], [{ request_id: 'req_nobody' }]])(
  'a message of %j is ignored, and does not come back for ever',
  async (data) => {
    expect(await countUsage(documents, data)).toBe('ignored');
    expect(await convertCharge(documents, data)).toBe('ignored');
  },
);
