import { afterEach, describe, expect, test } from '@jest/globals';
import { flakyDocuments } from '../../../test/support/flaky-documents.ts';
import { LEASE_ID, LENGTH_MS, type LeaseBooks, openBooks, testFx } from '../../../test/support/lease-books.ts';
import { StoreUnavailable } from '../store/documents.ts';
import { closeLease, trimLease } from './lease-return.ts';
import { LeaseClosed, LeaseOutdated } from './lease-store.ts';

const request = (amount: bigint) => ({ amount, slot: true });

let books: LeaseBooks;
afterEach(() => books.documents.close());

describe('a grant', () => {
  test('moves what is wanted from the balance to the lease, and counts it for the owner and the key', async () => {
    books = await openBooks(100n);
    const { lease, ownerLeased } = await books.open({ wants: [request(30n)] });
    expect(lease).toMatchObject({ granted: 30n, spent: 0n, seq: 1, expiresAt: books.time + LENGTH_MS });
    expect(ownerLeased).toBe(30n);
    const counted = { day: '2026-11-23', daily: 30n, monthly: 30n, total: 30n };
    expect(await books.owner()).toMatchObject({ available: 70n, leased: 30n, spending: counted });
    expect(await books.keySpending()).toMatchObject(counted);
    expect(await books.faults()).toEqual([]);
  });

  test('to a lease that there is takes only what is not free there', async () => {
    books = await openBooks(100n);
    await books.open({ wants: [request(30n)] });
    const { lease } = await books.open({ seq: 1, wants: [request(30n)], free: 12n });
    expect(lease).toMatchObject({ granted: 48n, seq: 2 });
    expect(await books.owner()).toMatchObject({ available: 52n, leased: 48n });
  });

  test('ahead takes an eighth of what others may need at most, and nothing where somebody is refused', async () => {
    books = await openBooks(100n);
    const { lease } = await books.open({ wants: [request(20n)], ahead: 1_000n });
    expect(lease.granted).toBe(30n);
    const { lease: next } = await books.open({ seq: 1, wants: [request(10n), request(90n)], ahead: 1_000n });
    expect(next.granted).toBe(40n);
  });

  test('pays what is owed as far as there is anything, after what is wanted', async () => {
    books = await openBooks(100n);
    await books.open({ wants: [request(60n)] });
    const { lease } = await books.open({ seq: 1, wants: [request(30n)], owed: 25n });
    expect(lease.granted).toBe(100n);
    expect(await books.owner()).toMatchObject({ available: 0n, leased: 100n });
  });

  test('that nothing can be given of opens no lease and changes nothing', async () => {
    books = await openBooks(100n);
    expect(await books.grow({ wants: [request(101n)] })).toMatchObject({
      lease: null,
      refusal: { reason: 'balance', room: 100n },
    });
    await expect(books.lease()).rejects.toThrow('There is no');
    expect(await books.owner()).toMatchObject({ available: 100n, leased: 0n });
  });

  test('opens as many slots as the limit leaves, over all leases', async () => {
    books = await openBooks(100n, { key: { concurrency_limit: 3n }, owner: { concurrency_limit: 9n } });
    expect(await books.open({ wants: [request(1n), request(1n)] })).toMatchObject({
      limited: true,
      lease: { slots: 2 },
    });
    const other = await books.open({ leaseId: 'lea_b', wants: [request(1n), request(1n)] });
    expect(other).toMatchObject({ lease: { slots: 1 }, refusal: { reason: 'key_concurrency', limit: 3 } });
    const none = await books.grow({ leaseId: 'lea_c', wants: [request(1n)] });
    expect(none).toMatchObject({ lease: null, refusal: { reason: 'key_concurrency' } });
    expect((await books.owner()).spending.slots).toBe(3);
  });
});

describe('a grant whose answer was lost', () => {
  const lost = () => {
    const fates = ['answer lost' as const];
    return flakyDocuments(books.documents, () => fates.shift() ?? 'done');
  };

  test('is found by the next try: a lease is opened once', async () => {
    books = await openBooks(100n);
    const store = lost();
    const ask = { wants: [request(30n)] };
    await expect(books.grow(ask, store)).rejects.toThrow(StoreUnavailable);
    expect((await books.grow(ask, store)).lease).toMatchObject({ granted: 30n, seq: 1 });
    expect(await books.owner()).toMatchObject({ available: 70n, leased: 30n });
  });

  test('is found by the next try: a lease grows once', async () => {
    books = await openBooks(100n);
    await books.open({ wants: [request(30n)] });
    const store = lost();
    const ask = { seq: 1, wants: [request(20n)] };
    await expect(books.grow(ask, store)).rejects.toThrow(StoreUnavailable);
    expect((await books.grow(ask, store)).lease).toMatchObject({ granted: 50n, seq: 2 });
    expect(await books.owner()).toMatchObject({ available: 50n, leased: 50n });
  });

  test('or that the client runs again by itself, is made once', async () => {
    books = await openBooks(100n);
    const twice = flakyDocuments(books.documents, () => 'run twice');
    await books.grow({ wants: [request(30n)] }, twice);
    await books.grow({ seq: 1, wants: [request(20n)] }, twice);
    expect(await books.owner()).toMatchObject({ available: 50n, leased: 50n });
  });
});

describe('a lease that does not stand where its instance thinks', () => {
  test('is not written to: it is too far, not far enough, closed, or not there', async () => {
    books = await openBooks(100n);
    const again = (seq: number | null) => books.grow({ seq, wants: [request(1n)] });
    await expect(again(1)).rejects.toThrow(LeaseClosed);
    await books.open({ wants: [request(30n)] });
    await books.open({ seq: 1, wants: [request(1n)] });
    await books.open({ seq: 2, wants: [request(1n)] });
    await expect(again(1)).rejects.toThrow(LeaseClosed);
    await expect(again(4)).rejects.toThrow(LeaseClosed);
    await closeLease(books.documents, LEASE_ID, { expiredAt: books.time + LENGTH_MS }, testFx);
    for (const seq of [3, 4, null]) await expect(again(seq)).rejects.toThrow(LeaseClosed);
    expect(await books.owner()).toMatchObject({ available: 100n, leased: 0n });
  });
});

describe('midnight', () => {
  const EVENING = Date.UTC(2026, 10, 30, 23, 59, 59);

  test('a lease of yesterday does not grow before it was moved into today', async () => {
    books = await openBooks(100n, { time: EVENING });
    await books.open({ wants: [request(30n)] });
    books.time += 1_000;
    await expect(books.grow({ seq: 1, wants: [request(1n)] })).rejects.toThrow(LeaseOutdated);
    expect(await books.owner()).toMatchObject({ available: 70n, leased: 30n });
    const trim = { leaseId: LEASE_ID, seq: 1, held: 30n, slots: 0, now: books.time, lengthMs: LENGTH_MS };
    await trimLease(books.documents, trim);
    expect((await books.open({ seq: 2, wants: [request(1n)] })).lease).toMatchObject({ day: '2026-12-01', seq: 3 });
  });

  test('a new month begins at zero: its cap can be spent again', async () => {
    books = await openBooks(100n, { time: EVENING, key: { spend_caps: { monthly: 30n } } });
    await books.open({ wants: [request(30n)] });
    const other = { leaseId: 'lea_b', wants: [request(1n)] };
    expect(await books.grow(other)).toMatchObject({ lease: null, refusal: { reason: 'key_cap', window: 'monthly' } });
    books.time += 1_000;
    expect((await books.open(other)).lease.granted).toBe(1n);
    expect(await books.keySpending()).toMatchObject({ day: '2026-12-01', daily: 1n, monthly: 1n, total: 31n });
  });

  test('is not undone by a clock that is late: what it grants counts in the day that has begun', async () => {
    books = await openBooks(100n, { time: EVENING + 1_000, key: { spend_caps: { daily: 30n } } });
    await books.open({ wants: [request(10n)] });
    const late = { leaseId: 'lea_b', now: EVENING, wants: [request(20n)] };
    expect((await books.open(late)).lease.day).toBe('2026-12-01');
    expect(await books.keySpending()).toMatchObject({ day: '2026-12-01', daily: 30n });
    expect(await books.grow({ ...late, leaseId: 'lea_c' })).toMatchObject({ lease: null, refusal: { room: 0n } });
  });
});
