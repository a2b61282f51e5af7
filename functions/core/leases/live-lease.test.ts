import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Fate, flakyDocuments } from '../../../test/support/flaky-documents.ts';
import { LENGTH_MS, type LeaseBooks, openBooks, testFx } from '../../../test/support/lease-books.ts';
import { createTurns } from '../in-turn.ts';
import { postWrites } from '../ledger/holds.ts';
import type { Want } from './allotment.ts';
import { closeLease } from './lease-return.ts';
import { LeaseClosed } from './lease-store.ts';
import { type LeaseTransaction, LiveLease } from './live-lease.ts';

const request = (amount: bigint) => ({ amount, slot: true });
const more = (amount: bigint) => ({ amount, slot: false });
const takes = (lease: LiveLease, want: Want) => lease.take(want) === want.amount;

let books: LeaseBooks;
let monotonic: number;
let fates: Fate[];
let transactions: LeaseTransaction[];

beforeEach(() => {
  monotonic = 0;
  fates = [];
  transactions = [];
});
afterEach(() => books.documents.close());

/** A lease of `granted`, of an owner who has a thousand; `limit`: how many requests of the key may run at once. */
async function openLease({ granted = 100n, limit = null as bigint | null, requests = 1, time = 0 } = {}) {
  const key = limit === null ? {} : { concurrency_limit: limit };
  books = await openBooks(1_000n, { key, ...(time === 0 ? {} : { time }) });
  const wants = Array.from({ length: requests }, (_, n) => request(n === 0 ? granted : 0n));
  const grown = await books.open({ wants });
  const ports = {
    documents: flakyDocuments(books.documents, () => fates.shift() ?? 'done'),
    monotonic: () => monotonic,
    now: () => books.time,
    pause: () => Promise.resolve(),
    lengthMs: LENGTH_MS,
    owning: createTurns<string>(),
    onTransaction: (kind: LeaseTransaction) => transactions.push(kind),
  };
  return new LiveLease(ports, grown, monotonic);
}

/** Takes a hold, and writes it down. */
async function hold(lease: LiveLease, amount: bigint): Promise<void> {
  lease.take(request(amount));
  await lease.queue.write([], { held: amount, running: 1 });
}

/** Posts what a request of the lease cost that held so much. */
function post(lease: LiveLease, requestId: string, amount: bigint, held: bigint): Promise<void> {
  const hold = { requestId, ownerId: 'own_a', keyId: 'key_a', currency: 'USD' as const, amount, fx: testFx };
  const posting = { amount, overage: 0n, writtenOff: 0n };
  const { charge, others } = postWrites(hold, { cost: amount * 1_000n, facts: {} }, posting, new Date(books.time));
  lease.release(held, amount);
  return lease.queue.write(others, { held: -held, running: -1 }, { charge, spent: amount });
}

describe('a lease gives', () => {
  test('what is free to the last nano, and nothing beyond', async () => {
    const lease = await openLease();
    expect(takes(lease, request(60n))).toBe(true);
    expect(takes(lease, request(41n))).toBe(false);
    expect([lease.free, lease.running]).toEqual([40n, 1]);
    expect(takes(lease, request(40n))).toBe(true);
    expect([lease.free, lease.running]).toEqual([0n, 2]);
  });

  test('a share of what is wanted, where that is enough, and only to those who say so', async () => {
    const lease = await openLease({ granted: 100n });
    lease.take(request(60n));
    const want = { ...request(90n), least: 30n };
    expect(lease.take(want)).toBeNull();
    expect(lease.take({ ...want, least: 41n }, true)).toBeNull();
    expect(lease.take(want, true)).toBe(30n);
    expect([lease.free, lease.running]).toEqual([10n, 2]);
    expect(lease.take({ ...want, least: 1n }, true)).toBe(1n);
  });

  test('again what a request held and did not spend', async () => {
    const lease = await openLease();
    lease.take(request(60n));
    lease.release(60n, 25n);
    expect([lease.free, lease.spent, lease.running]).toEqual([75n, 25n, 0]);
  });

  test('nothing any more once it is closed', async () => {
    const lease = await openLease();
    await closeLease(books.documents, lease.id, { expiredAt: books.time + LENGTH_MS }, testFx);
    await expect(lease.renew()).rejects.toThrow(LeaseClosed);
    expect([takes(lease, request(1n)), takes(lease, more(1n))]).toEqual([false, false]);
  });

  test('no new request anything while it drains, and a running one still what it needs', async () => {
    const lease = await openLease();
    lease.take(request(10n));
    lease.draining = true;
    expect([takes(lease, request(1n)), takes(lease, more(1n))]).toEqual([false, true]);
    expect([lease.free, lease.running]).toEqual([89n, 1]);
  });
});

describe('a lease of yesterday', () => {
  const EVENING = Date.UTC(2026, 10, 23, 23, 59, 59, 999);

  test('takes no hold, and a running request may still grow', async () => {
    const lease = await openLease({ time: EVENING });
    expect(takes(lease, request(10n))).toBe(true);
    books.time += 1;
    expect([lease.fresh, lease.outdated]).toEqual([true, true]);
    expect([takes(lease, request(10n)), takes(lease, more(10n))]).toEqual([false, true]);
  });

  test('takes holds again when it was moved into today, with what its requests hold', async () => {
    const lease = await openLease({ time: EVENING });
    lease.take(request(10n));
    books.time += 1;
    await lease.trim();
    expect(lease.outdated).toBe(false);
    expect(takes(lease, request(0n))).toBe(true);
    expect(await books.keySpending()).toMatchObject({ day: '2026-11-24', daily: 10n });
  });
});

describe('a lease that was not confirmed for two thirds of its length', () => {
  test('takes no hold, and a running request may still grow', async () => {
    const lease = await openLease();
    monotonic = (LENGTH_MS * 2) / 3 - 1;
    expect([lease.fresh, takes(lease, request(10n))]).toEqual([true, true]);
    monotonic += 1;
    expect([lease.fresh, takes(lease, request(10n)), takes(lease, more(10n))]).toEqual([false, false, true]);
  });

  test('takes them again when it was renewed', async () => {
    const lease = await openLease();
    monotonic = LENGTH_MS;
    await lease.renew();
    expect(takes(lease, request(10n))).toBe(true);
    expect((await books.lease()).seq).toBe(2);
  });
});

describe('requests that run at once', () => {
  test('are as many as there are slots; one that ends leaves its slot, and more for a running one takes none', async () => {
    const lease = await openLease({ limit: 3n, requests: 2 });
    expect([takes(lease, request(1n)), takes(lease, request(1n)), takes(lease, request(1n))]).toEqual([
      true,
      true,
      false,
    ]);
    expect([takes(lease, more(1n)), lease.freeSlots]).toEqual([true, 0]);
    lease.release(1n, 0n);
    expect([lease.freeSlots, takes(lease, request(1n)), takes(lease, request(1n))]).toEqual([1, true, false]);
  });

  test('are not counted where nothing limits them', async () => {
    const lease = await openLease();
    expect([takes(lease, request(1n)), takes(lease, request(1n)), lease.freeSlots]).toEqual([true, true, 0]);
  });

  test('may be more when it grew, and fewer when the limit came down', async () => {
    const lease = await openLease({ limit: 3n, requests: 1 });
    lease.take(request(1n));
    const grown = await books.open({ seq: 1, wants: [request(50n)] });
    lease.grew(grown);
    expect([lease.granted, lease.freeSlots]).toEqual([150n, 1]);
    lease.grew({ ...grown, limited: false });
    expect([takes(lease, request(1n)), takes(lease, request(1n))]).toEqual([true, true]);
  });
});

describe('what goes back', () => {
  test('is only what no request holds and nothing has spent', async () => {
    const lease = await openLease();
    await hold(lease, 30n);
    await hold(lease, 20n);
    await Promise.all([post(lease, 'req_1', 5n, 20n), lease.trim()]);
    expect(await books.owner()).toMatchObject({ available: 965n, leased: 35n });
    expect(await books.lease()).toMatchObject({ granted: 35n, spent: 5n, held: 30n, running: 1, posts: 1, open: true });
    expect([lease.granted, lease.free, lease.running]).toEqual([35n, 0n, 1]);
    lease.release(30n, 0n);
    expect(lease.free).toBe(30n);
    expect(await books.faults()).toEqual([]);
  });

  test('can be taken by nobody while it is on its way', async () => {
    const lease = await openLease();
    lease.take(request(30n));
    const trimmed = lease.trim();
    await untilStarted();
    expect(lease.free).toBe(0n);
    expect([takes(lease, request(1n)), takes(lease, more(1n))]).toEqual([false, false]);
    await trimmed;
    expect([lease.granted, lease.free]).toEqual([30n, 0n]);
  });

  test.each([
    ['before it is on its way', () => {}],
    ['while it is on its way', () => untilStarted()],
  ])('leaves a charge alone that is made after it was asked for: %s', async (_when, moment) => {
    const lease = await openLease();
    await hold(lease, 30n);
    const trimmed = lease.trim();
    await moment();
    const posted = post(lease, 'req_1', 12n, 30n);
    // The store knows of no charge yet: all of the hold stays.
    expect(await trimmed).toMatchObject({ granted: 30n, spent: 0n, held: 30n });
    await posted;
    const { granted, spent } = await books.lease();
    expect([granted, spent, lease.granted, lease.free]).toEqual([30n, 12n, 30n, 18n]);
    expect((await books.owner()).available).toBe(1_000n - granted);
    expect(await books.faults()).toEqual([]);
  });

  test('goes once, whoever asks meanwhile, and whatever the store does to it', async () => {
    const lease = await openLease();
    lease.take(request(30n));
    fates = ['answer lost', 'refused'];
    const [one, two] = [lease.trim(), lease.trim()];
    expect(await one).toEqual(await two);
    expect(await books.owner()).toMatchObject({ available: 970n, leased: 30n });
    // A transaction of which nothing is known is run again; nobody ran a second one.
    expect(transactions).toEqual(['return', 'return', 'return']);
    expect([lease.granted, lease.free, (await books.lease()).seq]).toEqual([30n, 0n, 2]);
    expect(await books.faults()).toEqual([]);
  });

  test('is free again where the store will never take it', async () => {
    const lease = await openLease();
    lease.take(request(30n));
    fates = ['invalid'];
    await expect(lease.trim()).rejects.toThrow('INVALID_ARGUMENT');
    expect([lease.granted, lease.free]).toEqual([100n, 70n]);
    expect(takes(lease, request(70n))).toBe(true);
  });

  test('takes the slots along that nobody uses', async () => {
    const lease = await openLease({ limit: 5n, requests: 3 });
    lease.take(request(1n));
    await lease.trim();
    expect([(await books.lease()).slots, lease.freeSlots]).toEqual([1, 0]);
    expect((await books.keySpending()).slots).toBe(1);
    expect(takes(lease, request(0n))).toBe(false);
  });
});

/** Until the queue has taken the transaction up. */
async function untilStarted(): Promise<void> {
  while (!transactions.includes('return')) await new Promise((resolve) => setImmediate(resolve));
}
