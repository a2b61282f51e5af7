import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { indexedDocuments } from '../../test/support/indexed-documents.ts';
import { checkLedger } from '../core/leases/check-ledger.ts';
import { createLeases, type Leases } from '../core/leases/leases.ts';
import { ENTRY_DAYS, MIN_ENTRY_DAYS } from '../core/ledger/charge-life.ts';
import { ENTRIES } from '../core/ledger/entries.ts';
import { createLedger } from '../core/ledger/ledger.ts';
import { newOwner, OWNERS, toOwnerBalance } from '../core/ledger/owners.ts';
import { ROLLUPS } from '../core/ledger/rollups.ts';
import { documentId } from '../core/store/document-id.ts';
import type { Document, Documents, Fields } from '../core/store/documents.ts';
import { openSqliteDocuments } from '../platform/documents/sqlite-documents.ts';
import { countUsage } from '../usage/count-usage.ts';
import { forgetCharges } from './forget-charges.ts';

const DAY_MS = 86_400_000;
const fx = { rate: 88_000_000n, asOf: '2026-11-20', source: 'test' };
let now: number;
let documents: Documents;
let leases: Leases;
let ids = 0;

beforeEach(async () => {
  now = Date.UTC(2026, 10, 23, 12);
  documents = indexedDocuments(await openSqliteDocuments(':memory:', { now: () => now }));
  const data = newOwner('own_a', 'USD', new Date(now), {});
  await documents.commit([{ kind: 'set', collection: OWNERS, id: documentId('own_a'), data, expect: 'absent' }]);
  await ledger().topup({ ownerId: 'own_a', amount: 1_000_000n, currency: 'USD', reference: 'r' });
  leases = open(ENTRY_DAYS);
});
afterEach(() => documents.close());

const ledger = () => createLedger({ documents, now: () => now });
const open = (entryDays: number) =>
  createLeases({
    documents,
    entryDays,
    instanceId: 'ins_1',
    monotonic: () => now,
    now: () => now,
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    mintId: (prefix) => `${prefix}_${++ids}`,
    lengthMs: 60_000,
    rate: () => fx,
    recall: async () => {},
    mayClose: () => true,
    aside: (_name, _ownerId, work) => void work(),
    onAlerts: () => {},
  });

/** A request of 1,000 nanos; more than it held where there is an overage. */
async function charge(requestId: string, { hold = 100_000n, counted = true } = {}): Promise<void> {
  const request = { requestId, ownerId: 'own_a', keyId: 'key_a', keyHash: 'hash', currency: 'USD' as const, fx };
  const held = await leases.hold({ ...request, amount: hold });
  await held.durable;
  await leases.post(held, { cost: 1_000_000n, facts: { model: 'm', provider: 'p', outcome: 'finished' } });
  await leases.giveBack('own_a');
  if (counted) await countUsage(documents, { charges: [{ request_id: requestId }] }, () => 0);
}

const entries = async () =>
  (await documents.query({ collection: ENTRIES })).map(({ data }) => String(data.entry_id)).sort();
const available = async () => toOwnerBalance((await documents.get(OWNERS, documentId('own_a'))) as Document).available;
const faults = async () => (await checkLedger(documents)).faults.map(({ message }) => message);
async function change(collection: string, of: (document: Document) => boolean, to: (data: Document['data']) => Fields) {
  const [found] = (await documents.query({ collection })).filter(of);
  if (found === undefined) throw new Error(`${collection} has none.`);
  const data = { ...found.data, ...to(found.data) };
  await documents.commit([{ kind: 'set', collection, id: found.id, data, expect: 'present' }]);
}

describe('lines of charges', () => {
  test('are forgotten when their time is over and not before, overages with them; what else is in the ledger stays', async () => {
    await charge('req_1');
    await charge('req_2', { hold: 400n });
    await ledger().refund({ ownerId: 'own_a', requestId: 'req_1', amount: 10n, reference: 'back', reason: 'a test' });
    const all = ['ref_own_a_back', 'req_1', 'req_2', 'req_2.overage', 'top_own_a_r'];
    now += ENTRY_DAYS * DAY_MS - 1;
    expect(await forgetCharges(documents)).toBe(0);
    expect(await entries()).toEqual(all);
    expect(await faults()).toEqual([]);
    now += 1;
    expect(await forgetCharges(documents)).toBe(3);
    expect(await entries()).toEqual(['ref_own_a_back', 'top_own_a_r']);
    expect(await available()).toBe(1_000_000n - 2_000n + 10n);
    expect(await faults()).toEqual([]);
    expect(await forgetCharges(documents)).toBe(0);
  });

  test('are kept for ever where the operator says so', async () => {
    leases = open(0);
    await charge('req_1');
    now += 10_000 * DAY_MS;
    expect(await forgetCharges(documents)).toBe(0);
    expect(await faults()).toEqual([]);
  });

  test('that are gone cannot be refunded, and are not charged or counted again', async () => {
    await charge('req_1');
    now += ENTRY_DAYS * DAY_MS;
    await forgetCharges(documents);
    const refund = { ownerId: 'own_a', requestId: 'req_1', amount: null, reference: 'late', reason: 'a test' };
    await expect(ledger().refund(refund)).rejects.toMatchObject({ code: 'not_found' });
    expect(await countUsage(documents, { charges: [{ request_id: 'req_1' }] }, () => 0)).toMatchObject({ counted: 0 });
    expect(await faults()).toEqual([]);
  });
});

describe('the check of the books, when lines are gone', () => {
  test('adds up old days of which only some lines are gone', async () => {
    for (const id of ['req_1', 'req_2', 'req_3']) await charge(id);
    await change(
      ENTRIES,
      ({ data }) => data.entry_id === 'req_2',
      () => ({ expires_at: new Date(now) }),
    );
    now += MIN_ENTRY_DAYS * DAY_MS + DAY_MS;
    await charge('req_4');
    expect(await forgetCharges(documents)).toBe(1);
    expect(await faults()).toEqual([]);
  });

  test('adds up at the moment when lines go that are kept as short as can be', async () => {
    leases = open(MIN_ENTRY_DAYS);
    await charge('req_1');
    now += MIN_ENTRY_DAYS * DAY_MS;
    expect(await forgetCharges(documents)).toBe(1);
    expect(await faults()).toEqual([]);
  });

  test('still finds a line of late that is not there', async () => {
    await charge('req_1');
    await change(
      ENTRIES,
      ({ data }) => data.entry_id === 'req_1',
      () => ({ expires_at: new Date(now) }),
    );
    // Of that day no line may have gone.
    now += (MIN_ENTRY_DAYS - 1) * DAY_MS;
    expect(await forgetCharges(documents)).toBe(1);
    expect((await faults()).join()).toContain('entries add up to 1000000');
  });

  test('finds a balance that does not fit what was charged long ago, and a charge that went without being counted', async () => {
    await charge('req_1');
    await charge('req_2', { counted: false });
    now += ENTRY_DAYS * DAY_MS;
    expect(await faults()).toEqual([]);
    await forgetCharges(documents);
    expect((await faults()).join()).toContain('entries add up to 999000, but available + unspent leases is 998000');
  });

  test('finds a rollup of then that says more than was charged', async () => {
    await charge('req_1');
    await change(
      ROLLUPS,
      ({ data }) => data.grain === 'day',
      ({ amount }) => ({ amount: (amount as bigint) + 1n }),
    );
    now += ENTRY_DAYS * DAY_MS;
    expect((await faults()).join()).toContain('entries add up to 998999');
  });
});
