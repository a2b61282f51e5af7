import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { memoryLog } from '../../test/support/memory-log.ts';
import { ENTRIES } from '../core/ledger/entries.ts';
import { postWrites } from '../core/ledger/holds.ts';
import type { Currency } from '../core/money/money.ts';
import { documentId } from '../core/store/document-id.ts';
import type { Documents } from '../core/store/documents.ts';
import { openSqliteDocuments } from '../platform/documents/sqlite-documents.ts';
import { CHECKED_ONE_OF, checkConversions } from './check-conversions.ts';

const fx = { rate: 88_000_000n, asOf: '2026-11-20', source: 'test' };
let documents: Documents;
let log: ReturnType<typeof memoryLog>;

beforeEach(async () => {
  documents = await openSqliteDocuments(':memory:');
  log = memoryLog();
});
afterEach(() => documents.close());

async function charge(requestId: string, currency: Currency = 'USD'): Promise<void> {
  const hold = { requestId, ownerId: 'own_a', keyId: 'key_a', currency, amount: 1_000n, fx };
  const posting = { amount: 1_000n, overage: 0n, writtenOff: 0n };
  const { charge } = postWrites(hold, { cost: 1_000_000n, facts: {} }, posting, new Date(0));
  await documents.commit([charge]);
}

const message = (...ids: string[]) => ({ charges: ids.map((request_id) => ({ request_id })) });

test('a charge as it is posted is right, in either currency, and a message changes nothing', async () => {
  await charge('req_1');
  await charge('req_2', 'INR');
  const before = await documents.query({ collection: ENTRIES });
  expect(await checkConversions(documents, message('req_1', 'req_2', 'req_9'), log, 1)).toEqual({
    checked: 2,
    wrong: 0,
  });
  expect(await documents.query({ collection: ENTRIES })).toEqual(before);
});

test.each(['usd', 'inr'])('other %s than the rate makes is told of, by the id of the request alone', async (field) => {
  await charge('req_1');
  const entry = await documents.get(ENTRIES, documentId('req_1'));
  const data = { [field]: 999n };
  await documents.commit([
    { kind: 'update', collection: ENTRIES, id: documentId('req_1'), data, expect: { version: entry?.version ?? '' } },
  ]);
  expect(await checkConversions(documents, message('req_1'), log, 1)).toEqual({ checked: 1, wrong: 1 });
  expect(log.lines).toEqual([
    expect.objectContaining({ level: 'error', fields: { code: 'conversion_differs', request_id: 'req_1' } }),
  ]);
});

test('one charge of many is read', async () => {
  const ids = Array.from({ length: 40 * CHECKED_ONE_OF }, (_, n) => `req_${n}`);
  let reads = 0;
  const counting: Documents = {
    ...documents,
    async get() {
      reads++;
      return null;
    },
  };
  for (let at = 0; at < ids.length; at += 50) await checkConversions(counting, message(...ids.slice(at, at + 50)), log);
  expect(reads).toBeGreaterThan(10);
  expect(reads).toBeLessThan(100);
});

test.each([[null], ['text'], [{}], [{ charges: 7 }]])('a message of %j names nothing', async (data) => {
  expect(await checkConversions(documents, data, log, 1)).toEqual({ checked: 0, wrong: 0 });
});
