import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Fate, flakyDocuments } from '../../../test/support/flaky-documents.ts';
import { KEY_ID, LENGTH_MS, type LeaseBooks, OWNER_ID, openBooks, testFx } from '../../../test/support/lease-books.ts';
import { ENTRIES } from '../ledger/entries.ts';
import { HoldResolved } from '../ledger/holds.ts';
import type { LiveHold } from './hold-state.ts';
import { LEASES, toLease } from './lease-store.ts';
import { createLeases, type Leases } from './leases.ts';
import { QUIET_MS } from './purse.ts';

/** How the end of a hold is written to a store that will never take some of it: the request alone is stopped. */
let books: LeaseBooks;
let leases: Leases;
let fates: Fate[];
let ids: number;

beforeEach(async () => {
  ids = 0;
  fates = [];
  books = await openBooks(1_000_000n);
  leases = createLeases({
    documents: flakyDocuments(books.documents, () => fates.shift() ?? 'done'),
    instanceId: 'ins_a',
    monotonic: () => books.time,
    now: () => books.time,
    pause: async () => {},
    mintId: () => `lea_${++ids}`,
    lengthMs: LENGTH_MS,
    rate: () => testFx,
    recall: async () => {},
    mayClose: () => true,
    aside: (_name, _ownerId, work) => void work(),
    onAlerts: () => {},
  });
});
afterEach(() => books.documents.close());

async function hold(requestId: string): Promise<LiveHold> {
  const held = await leases.hold({
    requestId,
    ownerId: OWNER_ID,
    keyId: KEY_ID,
    keyHash: 'hash_a',
    currency: 'USD',
    amount: 100_000n,
    fx: testFx,
  });
  await held.durable;
  return held;
}

const charge = { cost: 60_000_000n, facts: {} };
const beyond = { cost: 900_000_000n, facts: {} };
/** What the leases say that their requests hold. */
const holds = async () => {
  const leases = (await books.documents.query({ collection: LEASES })).map(toLease);
  const held = leases.reduce((sum, lease) => sum + lease.held, 0n);
  return { held, running: leases.reduce((sum, lease) => sum + lease.running, 0) };
};
const nothing = { held: 0n, running: 0 };
const charges = async () =>
  (await books.documents.query({ collection: ENTRIES })).filter(({ data }) => data.kind === 'charge').length;

async function expectAllFree(): Promise<void> {
  expect([await holds(), await charges()]).toEqual([nothing, 0]);
  await leases.close();
  expect(await books.owner()).toMatchObject({ available: 1_000_000n, leased: 0n });
  expect(await books.faults()).toEqual([]);
}

/** So that the end of the next request is not that of its lease. */
const askBefore = async () => leases.void(await hold('req_0'));

test.each(['invalid', 'defect'] as const)('a charge that is not taken (%s) leaves no hold', async (fate) => {
  await askBefore();
  const held = await hold('req_1');
  fates = [fate];
  await expect(leases.post(held, charge)).rejects.toThrow();
  await expectAllFree();
});

test.each(['invalid', 'defect'] as const)('nor does one that would end its lease (%s), tried twice', async (fate) => {
  const held = await hold('req_1');
  fates = [fate, fate];
  await expect(leases.post(held, charge)).rejects.toThrow();
  await expectAllFree();
});

test('neither does one that would be more than was held, where no more can be had', async () => {
  const held = await hold('req_1');
  fates = ['defect'];
  await expect(leases.post(held, beyond)).rejects.toThrow(TypeError);
  await expectAllFree();
});

test('what is written with the end of a hold, and is not taken, keeps the hold from nothing', async () => {
  const held = await hold('req_1');
  fates = ['invalid', 'invalid'];
  const also = { kind: 'set', collection: 'failed_requests', id: 'req_1', data: {}, expect: 'any' } as const;
  await expect(leases.void(held, [also])).rejects.toThrow('INVALID_ARGUMENT');
  await expectAllFree();
});

test('other requests of the lease are charged as if nothing had happened', async () => {
  const [one, two] = [await hold('req_1'), await hold('req_2')];
  fates = ['invalid'];
  await expect(leases.post(one, charge)).rejects.toThrow('INVALID_ARGUMENT');
  expect(await leases.post(two, charge)).toMatchObject({ amount: 60_000n, lost: false });
  await leases.close();
  expect(await books.owner()).toMatchObject({ available: 940_000n, leased: 0n });
  expect([await holds(), await books.faults()]).toEqual([nothing, []]);
});

test('a charge of which nobody can say whether it was made is not told to be lost', async () => {
  await askBefore();
  const held = await hold('req_1');
  fates = ['answer lost', 'defect'];
  await expect(leases.post(held, charge)).rejects.toThrow('lea_2');
  expect([await charges(), await books.faults()]).toEqual([1, []]);
});

test('nor is one with which its lease ended', async () => {
  const held = await hold('req_1');
  fates = ['answer lost', 'defect', 'defect'];
  await expect(leases.post(held, charge)).rejects.toThrow('lea_1');
  expect([await charges(), await books.faults()]).toEqual([1, []]);
});

test('a hold that never came to the store is taken from nothing, however it ends', async () => {
  const ask = (requestId: string) =>
    leases.hold({
      requestId,
      ownerId: OWNER_ID,
      keyId: KEY_ID,
      keyHash: 'hash_a',
      currency: 'USD',
      amount: 9n,
      fx: testFx,
    });
  const first = await hold('req_0');
  // A grant for both, then the commit of their holds: together, and each alone.
  fates = ['done', 'invalid', 'invalid', 'invalid'];
  const [one, two] = await Promise.all([ask('req_1'), ask('req_2')]);
  await expect(one.durable).rejects.toThrow('INVALID_ARGUMENT');
  await expect(leases.post(one, charge)).rejects.toThrow('INVALID_ARGUMENT');
  await expect(leases.void(two)).rejects.toThrow('INVALID_ARGUMENT');
  await leases.void(first);
  await expectAllFree();
});

test.each([
  ['', 0],
  [', with which its lease would end', QUIET_MS],
])('a charge that was made before frees the hold of its second request%s', async (_how, laterMs) => {
  await leases.post(await hold('req_1'), charge);
  books.time += laterMs;
  const again = await hold('req_1');
  expect(await holds()).toEqual({ held: 100_000n, running: 1 });
  await expect(leases.post(again, charge)).rejects.toThrow(HoldResolved);
  expect([await holds(), await charges(), await books.faults()]).toEqual([nothing, 1, []]);
});
