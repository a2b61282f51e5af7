import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { countOperations } from '../../../test/support/count-operations.ts';
import { type Fate, flakyDocuments } from '../../../test/support/flaky-documents.ts';
import { KEY_ID, LENGTH_MS, type LeaseBooks, OWNER_ID, openBooks, testFx } from '../../../test/support/lease-books.ts';
import { KEYS } from '../keys.ts';
import { CLAIMS, type ClaimWrite } from '../ledger/claims.ts';
import { OWNERS } from '../ledger/owners.ts';
import { SPENDING } from '../ledger/spending.ts';
import { StoreUnavailable } from '../store/documents.ts';
import { closeLease } from './lease-return.ts';
import { LEASES, toLease } from './lease-store.ts';
import { createLeases, type Leases } from './leases.ts';
import { Refused } from './refused.ts';

/** How the first requests of a quiet key begin: their holds are in the transaction that opens their lease. */
let books: LeaseBooks;
let fates: Fate[];
/** What the store does when no fate was handed out. */
let otherwise: Fate;

beforeEach(async () => {
  fates = [];
  otherwise = 'done';
  books = await openBooks(1_000n);
});
afterEach(() => books.documents.close());

let ids = 0;
function start(documents = books.documents, lengthMs = LENGTH_MS): Leases {
  return createLeases({
    documents: flakyDocuments(documents, () => fates.shift() ?? otherwise),
    instanceId: 'ins_a',
    monotonic: () => books.time,
    now: () => books.time,
    pause: (milliseconds) => {
      books.time += milliseconds;
      return new Promise((resolve) => setImmediate(resolve));
    },
    mintId: (prefix) => `${prefix}_${++ids}`,
    lengthMs,
    rate: () => testFx,
    recall: async () => {},
    mayClose: () => true,
    aside: (_name, _ownerId, work) => void work(),
    onAlerts: () => {},
  });
}

const claimOf = (requestId: string): ClaimWrite => ({
  kind: 'set',
  collection: CLAIMS,
  id: 'once',
  data: { request_id: requestId },
  expect: 'absent',
});

const hold = (leases: Leases, requestId: string, amount = 100n, claim?: ClaimWrite) =>
  leases.hold({
    requestId,
    ownerId: OWNER_ID,
    keyId: KEY_ID,
    keyHash: 'hash_a',
    currency: 'USD',
    amount,
    fx: testFx,
    ...(claim === undefined ? {} : { claim }),
  });

const stored = async () => (await books.documents.query({ collection: LEASES })).map(toLease);
const openOnes = async () => (await stored()).filter(({ open }) => open);
const claim = async () => books.documents.get(CLAIMS, 'once');

test('the first request of a quiet key is in the store with the grant: one transaction of three reads and three writes', async () => {
  const { documents, take } = countOperations(books.documents, new Set([OWNERS, SPENDING, LEASES, KEYS]));
  const held = await hold(start(documents), 'req_1');
  await held.durable;
  expect(take()).toMatchObject({ calls: 1, reads: 3, writes: 3, deletes: 0 });
  expect(await stored()).toMatchObject([{ open: true, granted: 100n, held: 100n, running: 1, posts: 0, seq: 1 }]);
  expect(await books.faults()).toEqual([]);
});

test('those who came together begin together, each with what it wants; who does not fit is refused and holds nothing', async () => {
  const tries = ['req_1', 'req_2', 'req_3'].map((id, at) => [id, [400n, 700n, 500n][at]] as const);
  const leases = start();
  const outcomes = await Promise.allSettled(tries.map(([id, amount]) => hold(leases, id, amount)));
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await stored()).toMatchObject([{ granted: 900n, held: 900n, running: 2 }]);
});

describe('a grant whose answer was lost', () => {
  test('is found by the next try: what began with it is held once', async () => {
    fates = ['answer lost', 'answer lost'];
    const leases = start();
    const held = await hold(leases, 'req_1');
    expect(held).toMatchObject({ amount: 100n, short: false });
    expect(await stored()).toMatchObject([{ granted: 100n, held: 100n, running: 1 }]);
    await leases.void(held);
    await leases.close();
    expect(await books.owner()).toMatchObject({ available: 1_000n, leased: 0n });
  });

  test('is found though the client ran it twice', async () => {
    fates = ['run twice'];
    await hold(start(), 'req_1', 100n, claimOf('req_1'));
    expect(await stored()).toMatchObject([{ granted: 100n, held: 100n, running: 1 }]);
  });

  test('holds nothing for one who waited no longer, and its claim is free', async () => {
    fates = ['answer lost'];
    otherwise = 'refused';
    const leases = start();
    await expect(hold(leases, 'req_1', 100n, claimOf('req_1'))).rejects.toThrow(StoreUnavailable);
    expect(await stored()).toMatchObject([{ held: 100n, running: 1 }]);
    otherwise = 'done';
    const held = await hold(leases, 'req_2', 100n, claimOf('req_2'));
    await held.durable;
    expect(await openOnes()).toMatchObject([{ held: 100n, running: 1 }]);
    expect((await claim())?.data.request_id).toBe('req_2');
    expect(await books.faults()).toEqual([]);
  });

  test('begins nothing where it is so old that somebody may have closed it', async () => {
    // It is tried for nine seconds, a lease of twelve counts as fresh for eight.
    fates = ['answer lost', ...Array.from({ length: 90 }, () => 'refused' as const)];
    const held = await hold(start(books.documents, 12_000), 'req_1');
    await held.durable;
    expect(await openOnes()).toMatchObject([{ held: 100n, running: 1, expiresAt: books.time + 12_000 }]);
    expect(await books.faults()).toEqual([]);
  });

  test('was closed by somebody meanwhile: the next request has a lease of its own', async () => {
    fates = ['answer lost'];
    otherwise = 'refused';
    const leases = start();
    await expect(hold(leases, 'req_1')).rejects.toThrow(StoreUnavailable);
    const [lost] = await openOnes();
    await closeLease(books.documents, lost?.leaseId ?? '', { expiredAt: books.time + LENGTH_MS }, testFx);
    otherwise = 'done';
    await hold(leases, 'req_2');
    expect(await openOnes()).toMatchObject([{ granted: 100n, running: 1 }]);
    expect(await books.faults()).toEqual([]);
  });
});

describe('a claim', () => {
  test('is made with the hold of the request that waits alone', async () => {
    await hold(start(), 'req_1', 100n, claimOf('req_1'));
    const [lease] = await stored();
    expect((await claim())?.data).toEqual({ request_id: 'req_1', lease_id: lease?.leaseId });
  });

  test('that somebody else has refuses the request, which holds nothing, and nobody else', async () => {
    await hold(start(), 'req_1', 100n, claimOf('req_1'));
    const leases = start();
    await expect(hold(leases, 'req_2', 100n, claimOf('req_2'))).rejects.toThrow(Refused);
    expect((await claim())?.data.request_id).toBe('req_1');
    expect(await books.owner()).toMatchObject({ available: 900n, leased: 100n });
    await hold(leases, 'req_3');
    // And as much ahead: its key has asked before, a moment ago.
    expect(await books.owner()).toMatchObject({ available: 700n, leased: 300n });
    expect(await books.faults()).toEqual([]);
  });

  test('of one among others waits for the next commit, so that it takes none of them along', async () => {
    await hold(start(), 'req_1', 100n, claimOf('req_1'));
    const leases = start();
    const [one, other] = await Promise.all([
      hold(leases, 'req_2', 100n, claimOf('req_2')),
      hold(leases, 'req_3', 100n),
    ]);
    await expect(one.durable).rejects.toThrow(Refused);
    await other.durable;
    await leases.void(one);
    expect((await openOnes()).map(({ held }) => held)).toEqual([100n, 100n]);
    expect(await books.faults()).toEqual([]);
  });
});
