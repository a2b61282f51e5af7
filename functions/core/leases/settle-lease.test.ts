import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { countOperations } from '../../../test/support/count-operations.ts';
import { type Fate, flakyDocuments } from '../../../test/support/flaky-documents.ts';
import { KEY_ID, LENGTH_MS, type LeaseBooks, OWNER_ID, openBooks, testFx } from '../../../test/support/lease-books.ts';
import type { Alert } from '../alerts/alerts.ts';
import { KEYS } from '../keys.ts';
import { ENTRIES } from '../ledger/entries.ts';
import { OUTBOX } from '../ledger/outbox.ts';
import { OWNERS } from '../ledger/owners.ts';
import { SPENDING } from '../ledger/spending.ts';
import { type Documents, type Fields, StoreUnavailable, type Write } from '../store/documents.ts';
import { closeLease } from './lease-return.ts';
import { LEASES, toLease } from './lease-store.ts';
import { createLeases, type Leases } from './leases.ts';
import { QUIET_MS } from './purse.ts';

/** How the request of a quiet key ends: with its lease, in one transaction. */
let books: LeaseBooks;
let fates: Fate[];
let alerts: Alert[];

async function open(settings: { owner?: Fields; key?: Fields; time?: number } = {}): Promise<void> {
  fates = [];
  alerts = [];
  books = await openBooks(1_000n, settings);
}
beforeEach(() => open());
afterEach(() => books.documents.close());

let ids = 0;
function start(documents: Documents = books.documents): Leases {
  return createLeases({
    documents: flakyDocuments(documents, () => fates.shift() ?? 'done'),
    instanceId: 'ins_a',
    monotonic: () => books.time,
    now: () => books.time,
    pause: (milliseconds) => {
      books.time += milliseconds;
      return new Promise((resolve) => setImmediate(resolve));
    },
    mintId: (prefix) => `${prefix}_${++ids}`,
    lengthMs: LENGTH_MS,
    rate: () => testFx,
    recall: async () => {},
    mayClose: () => true,
    aside: (_name, _ownerId, work) => void work(),
    onAlerts: (raised) => alerts.push(...raised),
  });
}

const ask = (leases: Leases, requestId = 'req_1', amount = 100n, keyId = KEY_ID) =>
  leases.hold({
    requestId,
    ownerId: OWNER_ID,
    keyId,
    keyHash: 'hash_a',
    currency: 'USD',
    amount,
    fx: testFx,
  });
/** So many nanos. */
const charge = (amount: bigint) => ({ cost: amount * 1_000n, facts: {} });

const stored = async () => (await books.documents.query({ collection: LEASES })).map(toLease);
const charges = async () =>
  (await books.documents.query({ collection: ENTRIES })).filter(({ data }) => data.kind === 'charge');

async function expectCharged(amount: bigint): Promise<void> {
  expect((await charges()).map(({ data }) => data.amount)).toEqual([amount]);
  expect(await books.owner()).toMatchObject({ available: 1_000n - amount, leased: 0n });
  expect((await books.keySpending()).total).toBe(amount);
  expect(await books.faults()).toEqual([]);
}

describe('the charge of a quiet key’s only request', () => {
  test('ends its lease and gives back the rest, all in one transaction of three reads', async () => {
    const counted = countOperations(books.documents, new Set([OWNERS, SPENDING, LEASES, KEYS, ENTRIES, OUTBOX]));
    const leases = start(counted.documents);
    const held = await ask(leases);
    counted.take();
    expect(await leases.post(held, charge(60n))).toMatchObject({ amount: 60n, lost: false });
    expect(counted.take()).toMatchObject({ calls: 1, reads: 3, writes: 4, deletes: 0 });
    expect(await stored()).toMatchObject([{ open: false, spent: 60n, posts: 1, held: 0n, running: 0 }]);
    expect((await charges())[0]?.data).toMatchObject({ lease_id: (await stored())[0]?.leaseId, nth: 1n });
    await expectCharged(60n);
  });

  test.each<[string, Fate[]]>([
    ['whose answer was lost', ['answer lost']],
    ['whose answer was lost again and again', ['answer lost', 'answer lost', 'answer lost']],
    ['that the client ran twice', ['run twice']],
    ['that was refused before it was made', ['refused', 'contended', 'answer lost']],
    ['that was made, and came back as nothing known', ['answer lost', 'invalid']],
  ])('is made once where it was one %s', async (_how, some) => {
    const leases = start();
    const held = await ask(leases);
    fates = some;
    expect(await leases.post(held, charge(60n))).toMatchObject({ amount: 60n, lost: false });
    await expectCharged(60n);
  });

  test('is made once where the first try lands after the second was answered', async () => {
    let land = () => {};
    const landing = new Promise<void>((resolve) => {
      land = resolve;
    });
    let tries = 0;
    let late: Promise<unknown> = Promise.resolve();
    const slow: Documents = Object.assign(Object.create(books.documents), {
      transaction(body: Parameters<Documents['transaction']>[0]) {
        if (++tries !== 2) return books.documents.transaction(body);
        late = books.documents.transaction(async (tx) => {
          const result = await body(tx);
          await landing;
          return result;
        });
        late.catch(() => {});
        return Promise.reject(new StoreUnavailable('It took too long.'));
      },
    });
    const leases = start(slow);
    const held = await ask(leases);
    expect(await leases.post(held, charge(60n))).toMatchObject({ amount: 60n, lost: false });
    expect(tries).toBe(3);
    land();
    await late;
    await expectCharged(60n);
  });

  test('is found by its entry where its lease has been counted and is gone', async () => {
    let transactions = 0;
    const lossy: Documents = Object.assign(Object.create(books.documents), {
      async transaction(body: Parameters<Documents['transaction']>[0]) {
        const result = await books.documents.transaction(body);
        if (++transactions !== 2) return result;
        const [lease] = await books.documents.query({ collection: LEASES });
        await books.documents.commit([{ kind: 'delete', collection: LEASES, id: lease?.id ?? '', expect: 'present' }]);
        throw new StoreUnavailable('The answer was lost.');
      },
    });
    const leases = start(lossy);
    const held = await ask(leases);
    expect(await leases.post(held, charge(60n))).toMatchObject({ amount: 60n, lost: false });
    await expectCharged(60n);
  });

  test('is lost where its lease was closed before: nobody pays', async () => {
    const leases = start();
    const held = await ask(leases);
    const [lease] = await stored();
    await closeLease(books.documents, lease?.leaseId ?? '', { expiredAt: books.time + LENGTH_MS }, testFx);
    expect(await leases.post(held, charge(60n))).toMatchObject({ amount: 0n, lost: true });
    expect(await charges()).toEqual([]);
    expect(await books.owner()).toMatchObject({ available: 1_000n, leased: 0n });
  });

  test('beyond its hold is paid from what else the lease has, as an overage with its alert', async () => {
    const leases = start();
    await ask(leases, 'req_0', 100n);
    const held = await ask(leases, 'req_1', 100n);
    // Both are busy: what was granted ahead is there for the second one, alone after a while.
    await leases.void(await ask(leases, 'req_2', 1n));
    books.time += QUIET_MS;
    const free = (await stored()).reduce((sum, { granted, held: all }) => sum + granted - all, 0n);
    expect(free).toBeGreaterThan(0n);
    expect(await leases.post(held, charge(100n + free))).toMatchObject({ overage: free, writtenOff: 0n });
    expect(alerts).toMatchObject([{ kind: 'overage', subject: 'req_1' }]);
    expect(await books.faults()).toEqual([]);
  });

  test('after midnight is charged today, and nothing of it in yesterday, also at a month’s end', async () => {
    await books.documents.close();
    await open({ time: Date.UTC(2026, 10, 30, 23, 59, 59) });
    const leases = start();
    const held = await ask(leases);
    books.time += 2_000;
    await leases.post(held, charge(60n));
    const today = { day: '2026-12-01', daily: 60n, monthly: 60n, total: 60n };
    expect(await books.keySpending()).toMatchObject(today);
    expect((await books.owner()).spending).toMatchObject(today);
    expect((await charges())[0]?.data.created_at).toEqual(new Date(books.time));
    expect(await books.faults()).toEqual([]);
  });

  test('frees the slot that it took', async () => {
    await books.documents.close();
    await open({ key: { concurrency_limit: 1n } });
    const leases = start();
    await leases.post(await ask(leases), charge(60n));
    expect((await books.keySpending()).slots).toBe(0);
    await ask(leases, 'req_2');
    expect((await books.keySpending()).slots).toBe(1);
  });

  test('is told of where it comes near a cap of its key', async () => {
    await books.documents.close();
    await open({ key: { spend_caps: { daily: 100n } } });
    const leases = start();
    const held = await ask(leases, 'req_1', 95n);
    expect(alerts).toEqual([]);
    await leases.post(held, charge(85n));
    expect(alerts).toMatchObject([{ kind: 'cap_75', facts: { scope: 'key', used: '0.000000085' } }]);
  });
});

describe('a quiet key’s only request that came to nothing', () => {
  const failed: Write = { kind: 'set', collection: 'failed_requests', id: 'req_1', data: { a: 1n }, expect: 'absent' };

  test('leaves no lease, and what is written of it is written with that', async () => {
    const leases = start();
    const held = await ask(leases);
    fates = ['answer lost'];
    await leases.void(held, [failed]);
    expect(await stored()).toEqual([]);
    expect(await books.documents.get('failed_requests', 'req_1')).not.toBeNull();
    expect(await books.owner()).toMatchObject({ available: 1_000n, leased: 0n });
    expect((await books.keySpending()).total).toBe(0n);
    expect(await books.faults()).toEqual([]);
  });

  test('is done with where its lease was closed before', async () => {
    const leases = start();
    const held = await ask(leases);
    const [lease] = await stored();
    await closeLease(books.documents, lease?.leaseId ?? '', { expiredAt: books.time + LENGTH_MS }, testFx);
    await leases.void(held, [failed]);
    expect(await books.owner()).toMatchObject({ available: 1_000n, leased: 0n });
  });
});

describe('a lease does not end with a request', () => {
  test('while another one runs', async () => {
    const leases = start();
    const [one, two] = [await ask(leases, 'req_1', 10n), await ask(leases, 'req_2', 10n)];
    await two.durable;
    await new Promise((resolve) => setImmediate(resolve));
    books.time += QUIET_MS;
    await leases.post(one, charge(5n));
    expect((await stored()).map((lease) => lease.open)).toEqual([true]);
    await leases.post(two, charge(5n));
    expect((await stored()).map((lease) => lease.open)).toEqual([false]);
  });

  test.each([
    ['within', QUIET_MS - 1, true],
    ['not within', QUIET_MS, false],
  ])('where another one came %s the last ten seconds', async (_how, laterMs, isOpen) => {
    const leases = start();
    const long = await ask(leases, 'req_1');
    const short = await ask(leases, 'req_2', 10n);
    await leases.post(short, charge(5n));
    books.time += laterMs;
    await leases.post(long, charge(60n));
    expect((await stored()).map(({ open }) => open)).toEqual([isOpen]);
  });

  test('whose limits have changed since it was granted: what it knows of caps is of before', async () => {
    await books.documents.close();
    await open({ key: { spend_caps: { daily: 1_000n } } });
    const leases = start();
    const held = await ask(leases, 'req_1', 95n);
    await books.documents.commit([
      {
        kind: 'set',
        collection: KEYS,
        id: 'hash_a',
        data: { key_id: KEY_ID, owner_id: OWNER_ID, spend_caps: { daily: 100n } },
        expect: 'any',
      },
    ]);
    leases.drop({ keyId: KEY_ID });
    await leases.post(held, charge(85n));
    expect((await stored()).map((lease) => lease.open)).toEqual([true]);
    leases.tick();
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect((await stored()).map((lease) => lease.open)).toEqual([false]);
    expect(alerts).toMatchObject([{ kind: 'cap_75', facts: { scope: 'key' } }]);
  });

  test('while another transaction of its owner is under way here: it would wait for that', async () => {
    const leases = start();
    const held = await ask(leases);
    const other = ask(leases, 'req_2', 10n, 'key_b');
    await leases.post(held, charge(60n));
    expect((await stored()).find(({ keyId }) => keyId === KEY_ID)?.open).toBe(true);
    await other;
  });
});

test('a request that comes while a lease ends has a lease of its own', async () => {
  let begun = () => {};
  const begins = new Promise<void>((resolve) => {
    begun = resolve;
  });
  let transactions = 0;
  const noticed: Documents = Object.assign(Object.create(books.documents), {
    transaction(body: Parameters<Documents['transaction']>[0]) {
      if (++transactions === 2) begun();
      return books.documents.transaction(body);
    },
  });
  const leases = start(noticed);
  const held = await ask(leases);
  const posting = leases.post(held, charge(60n));
  await begins;
  const next = await ask(leases, 'req_2');
  await posting;
  expect((await stored()).map(({ open }) => open).sort()).toEqual([false, true]);
  await leases.void(next);
  await leases.close();
  await expectCharged(60n);
});
