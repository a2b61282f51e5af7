import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { silentLog } from '../../test/support/memory-log.ts';
import { checkLedger } from '../core/check-ledger.ts';
import { documentId } from '../core/document-id.ts';
import type { Documents } from '../core/documents.ts';
import { createLedger, HOLD_LIFE_MS, HOLDS, type Ledger, OUTBOX, OWNERS, toOwnerBalance } from '../core/ledger.ts';
import { openSqliteDocuments } from '../platform/documents/sqlite-documents.ts';
import type { Event } from '../platform/events/events.ts';
import { sweep, UNSENT_AGE_MS } from './sweep.ts';

const fx = { rate: 88_000_000n, asOf: '2026-11-20', source: 'test' };
let now: number;
let documents: Documents;
let ledger: Ledger;
let published: Event[];

beforeEach(async () => {
  now = Date.UTC(2026, 10, 23);
  published = [];
  documents = await openSqliteDocuments(':memory:');
  ledger = createLedger({ documents, now: () => now });
  const data = { owner_id: 'own_a', currency: 'USD', available: 0n, leased: 0n };
  await documents.commit([{ kind: 'set', collection: OWNERS, id: documentId('own_a'), data, expect: 'absent' }]);
  await ledger.topup({ ownerId: 'own_a', amount: 1_000_000n, currency: 'USD', reference: 'r' });
});
afterEach(() => documents.close());

const run = (publish: (event: Event) => Promise<void> = async (event) => void published.push(event)) =>
  sweep({
    documents,
    ledger,
    events: { publish: (_topic, event) => publish(event), close: async () => {} },
    clock: { now: () => now, monotonic: () => now },
    log: silentLog,
  });
const hold = (requestId: string) =>
  ledger.hold({ requestId, ownerId: 'own_a', keyId: 'key_a', quote: 100_000_000n, fx });
const balance = async () => toOwnerBalance((await documents.get(OWNERS, documentId('own_a'))) as never);

test('a hold whose instance died is given back when it has expired, and not before', async () => {
  await hold('req_1');
  now += HOLD_LIFE_MS;
  expect(await run()).toEqual({ voided: 0, republished: 0, failed: 0 });
  now += 1;
  expect(await run()).toEqual({ voided: 1, republished: 0, failed: 0 });
  expect(await balance()).toMatchObject({ available: 1_000_000n, leased: 0n });
  expect(await documents.query({ collection: HOLDS })).toEqual([]);
  expect((await checkLedger(documents)).faults).toEqual([]);
});

test('an instance that comes back too late does not charge what was swept', async () => {
  const held = await hold('req_1');
  now += HOLD_LIFE_MS + 1;
  await run();
  await expect(ledger.post(held, { cost: 1_000_000n, facts: {} })).rejects.toThrow('resolved before');
  expect(await balance()).toMatchObject({ available: 1_000_000n, leased: 0n });
});

test('a charge that nobody counted is told of again, once for both consumers', async () => {
  await ledger.post(await hold('req_1'), { cost: 1_000_000n, facts: {} });
  expect((await run()).republished).toBe(0);
  now += UNSENT_AGE_MS + 1;
  expect((await run()).republished).toBe(1);
  expect(published).toEqual([{ id: 'req_1', data: { request_id: 'req_1' } }]);
  expect(await documents.query({ collection: OUTBOX })).toHaveLength(2);
});

test('sweeps that run at once do each thing once', async () => {
  await Promise.all(['req_1', 'req_2', 'req_3'].map(hold));
  now += HOLD_LIFE_MS + 1;
  await Promise.all([run(), run(), run()]);
  expect(await balance()).toMatchObject({ available: 1_000_000n, leased: 0n });
  expect((await checkLedger(documents)).faults).toEqual([]);
});

test('one failure does not keep the rest from being swept', async () => {
  await ledger.post(await hold('req_1'), { cost: 1n, facts: {} });
  await ledger.post(await hold('req_2'), { cost: 1n, facts: {} });
  now += UNSENT_AGE_MS + 1;
  let tries = 0;
  const report = await run(async () => {
    if (++tries === 1) throw new Error('broker away');
  });
  expect(report).toEqual({ voided: 0, republished: 1, failed: 1 });
});
