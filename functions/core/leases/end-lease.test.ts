import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { KEY_ID, LENGTH_MS, type LeaseBooks, OWNER_ID, openBooks, testFx } from '../../../test/support/lease-books.ts';
import { closeLive, tend } from './end-lease.ts';
import { createLeaseContext, type LeaseContext, purseFor, retire } from './lease-context.ts';
import { closeLease } from './lease-return.ts';
import { LiveLease } from './live-lease.ts';
import type { Purse } from './purse.ts';

const request = { amount: 10n, slot: true };

let books: LeaseBooks;
let monotonic: number;
let context: LeaseContext;
let purse: Purse;
let lease: LiveLease;
let done: string[];
let work: Promise<unknown>[];

async function openLease(time?: number): Promise<void> {
  books = await openBooks(1_000n, time === undefined ? {} : { time });
  monotonic = 0;
  done = [];
  work = [];
  context = createLeaseContext({
    documents: books.documents,
    instanceId: 'ins_a',
    monotonic: () => monotonic,
    now: () => books.time,
    pause: () => Promise.resolve(),
    mintId: (prefix) => `${prefix}_x`,
    lengthMs: LENGTH_MS,
    rate: () => testFx,
    recall: () => Promise.resolve(),
    mayClose: () => true,
    onAlerts: () => {},
    aside: (name, _ownerId, act) => {
      done.push(name);
      work.push(act());
    },
  });
  purse = purseFor(context, { ownerId: OWNER_ID, keyId: KEY_ID, keyHash: 'hash_a', currency: 'USD' });
  const grown = await books.open({ wants: [{ amount: 100n, slot: true }] });
  lease = new LiveLease({ ...context.ports, owning: context.owning }, grown, 0);
  purse.lease = lease;
}
beforeEach(() => openLease());
afterEach(() => books.documents.close());

/** Looks after the lease at a monotonic time; says what was begun. */
async function tendAt(time: number): Promise<string[]> {
  monotonic = time;
  done = [];
  tend(context, purse, lease);
  await Promise.all(work.splice(0));
  await new Promise((resolve) => setImmediate(resolve));
  return done;
}

describe('a lease that is not used', () => {
  test('goes back after a sixth of its length, not before, and nothing is kept of its key', async () => {
    expect(await tendAt(LENGTH_MS / 6 - 1)).toEqual([]);
    expect(await tendAt(LENGTH_MS / 6)).toEqual(['close_lease']);
    expect(await books.owner()).toMatchObject({ available: 1_000n, leased: 0n });
    expect(context.purses.size).toBe(0);
  });

  test('goes back at once where it takes no new hold any more', async () => {
    retire(purse, lease);
    expect([lease.draining, purse.lease]).toEqual([true, null]);
    expect(await tendAt(1)).toEqual(['close_lease']);
  });
});

describe('a lease with a request that runs', () => {
  test('is renewed after a third of its length, not before, and never closed', async () => {
    lease.take(request);
    expect(await tendAt(LENGTH_MS / 3 - 1)).toEqual([]);
    expect(await tendAt(LENGTH_MS / 3)).toEqual(['renew_lease']);
    retire(purse, lease);
    expect(await tendAt((LENGTH_MS * 2) / 3)).toEqual(['renew_lease']);
    expect(await books.lease()).toMatchObject({ open: true, seq: 3 });
  });

  test('is moved into a new day, and only what it holds', async () => {
    await books.documents.close();
    await openLease(Date.UTC(2026, 10, 23, 23, 59, 59, 999));
    lease.take(request);
    expect(await tendAt(1)).toEqual([]);
    books.time += 1;
    expect(await tendAt(2)).toEqual(['trim_lease']);
    expect(await books.lease()).toMatchObject({ day: '2026-11-24', granted: 10n });
    expect(await tendAt(3)).toEqual([]);
  });
});

describe('a lease that somebody else closed', () => {
  test('is let go of with its last request', async () => {
    lease.take(request);
    await closeLease(books.documents, lease.id, { expiredAt: books.time + LENGTH_MS }, testFx);
    expect(await tendAt(LENGTH_MS / 3)).toEqual(['renew_lease']);
    expect(lease.open).toBe(false);
    expect(await tendAt(LENGTH_MS)).toEqual([]);
    expect([purse.lease, purse.draining.size, context.purses.size]).toEqual([null, 1, 1]);
    lease.release(request.amount, 0n);
    expect(await tendAt(LENGTH_MS)).toEqual([]);
    expect([purse.draining.size, context.purses.size]).toEqual([0, 0]);
  });
});

test('what a lease did is still counted when it is gone', async () => {
  await lease.renew();
  await closeLive(context, purse, lease);
  expect(context.counts).toMatchObject({ commits: 1, transactions: 1 });
});
