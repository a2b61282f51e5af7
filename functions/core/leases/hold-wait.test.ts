import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { countOperations } from '../../../test/support/count-operations.ts';
import { KEY_ID, LENGTH_MS, type LeaseBooks, OWNER_ID, openBooks, testFx } from '../../../test/support/lease-books.ts';
import { createVirtualTime, type VirtualTime } from '../../../test/support/virtual-time.ts';
import { CLAIMS } from '../ledger/claims.ts';
import { ENTRIES } from '../ledger/entries.ts';
import { LEASES } from './lease-store.ts';
import { createLeases, HOLD_WAIT_MS, type Leases } from './leases.ts';

let books: LeaseBooks;
let time: VirtualTime;
let leases: Leases;
let commits: number;
let ids: number;

beforeEach(async () => {
  books = await openBooks(10_000n);
  time = createVirtualTime();
  commits = 0;
  ids = 0;
  const { documents } = countOperations(books.documents, new Set([LEASES, ENTRIES]));
  leases = createLeases({
    documents: {
      ...documents,
      commit(writes) {
        commits++;
        return documents.commit(writes);
      },
    },
    instanceId: 'ins_a',
    monotonic: time.now,
    now: () => books.time + time.now(),
    pause: time.pause,
    mintId: (prefix) => `${prefix}_${++ids}`,
    lengthMs: LENGTH_MS,
    holdWaitMs: HOLD_WAIT_MS,
    rate: () => testFx,
    recall: async () => {},
    mayClose: () => true,
    aside: (_name, _ownerId, work) => void work(),
    onAlerts: () => {},
  });
  // Its lease is open, and has room for more.
  await ask();
  await (await ask()).confirm();
  commits = 0;
});
afterEach(() => books.documents.close());

const charge = { cost: 10_000n, facts: {} };

async function ask(claims = false) {
  const requestId = `req_${++ids}`;
  const data = { request_id: requestId };
  const claim = { kind: 'set' as const, collection: CLAIMS, id: requestId, data, expect: 'absent' as const };
  return leases.hold({
    requestId,
    ownerId: OWNER_ID,
    keyId: KEY_ID,
    keyHash: 'hash_a',
    currency: 'USD',
    amount: 20n,
    fx: testFx,
    ...(claims ? { claim } : {}),
  });
}

const running = async () => {
  const [lease] = await books.documents.query({ collection: LEASES });
  return Number(lease?.data.running);
};

test('a hold on an open lease is written after a while, with what has come by then', async () => {
  const before = await running();
  await ask();
  await time.until(time.pause(HOLD_WAIT_MS - 1));
  await ask();
  expect([commits, await running()]).toEqual([0, before]);
  await time.until(time.pause(20));
  expect([commits, await running()]).toEqual([1, before + 2]);
});

test('whoever has an answer to pass on does not wait: the hold is in the store before', async () => {
  const hold = await ask();
  const before = await running();
  await hold.confirm();
  expect([commits, await running(), time.now()]).toEqual([1, before + 1, 0]);
});

test('one with a claim is written at once', async () => {
  await (await ask(true)).durable;
  expect([commits, time.now()]).toEqual([1, 0]);
});

test('a charge takes along the holds that wait', async () => {
  const hold = await ask();
  await hold.confirm();
  await ask();
  await ask();
  await leases.post(hold, charge);
  expect([commits, await running(), time.now()]).toEqual([2, 4, 0]);
  expect(await books.faults()).toEqual([]);
});

test('the end of a hold without a charge waits as well, that of one with a claim does not', async () => {
  const [plain, claimed] = [await ask(), await ask(true)];
  await claimed.confirm();
  const before = await running();
  commits = 0;
  const ended = leases.void(plain);
  await time.until(time.pause(HOLD_WAIT_MS - 1));
  expect(commits).toBe(0);
  await leases.void(claimed);
  await ended;
  expect([commits, await running()]).toEqual([1, before - 2]);
});

test('what waits is written when everything is given back', async () => {
  const hold = await ask();
  await leases.close();
  await leases.giveBack(OWNER_ID);
  await hold.durable;
  expect(time.now()).toBe(0);
  expect(await books.faults()).toEqual([]);
});
