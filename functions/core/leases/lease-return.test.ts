import { afterEach, describe, expect, test } from '@jest/globals';
import { flakyDocuments } from '../../../test/support/flaky-documents.ts';
import { LEASE_ID, LENGTH_MS, type LeaseBooks, openBooks, testFx } from '../../../test/support/lease-books.ts';
import { documentId } from '../store/document-id.ts';
import { closeLease, trimLease } from './lease-return.ts';
import { EXPIRED, LEASES, LeaseClosed } from './lease-store.ts';

const request = (amount: bigint) => ({ amount, slot: true });

let books: LeaseBooks;
afterEach(() => books.documents.close());

const trim = (held: bigint, { seq = 1, slots = 0 } = {}, store = books.documents) =>
  trimLease(store, { leaseId: LEASE_ID, seq, held, slots, now: books.time, lengthMs: LENGTH_MS });
const close = (seq: number, store = books.documents) => closeLease(store, LEASE_ID, { seq, now: books.time }, testFx);
const expire = (expiredAt: number) => closeLease(books.documents, LEASE_ID, { expiredAt }, testFx);
const status = async () => (await books.documents.get(LEASES, documentId(LEASE_ID)))?.data.status;

describe('what a lease does not need', () => {
  test('goes back, all but what is held and spent, out of every window', async () => {
    books = await openBooks(100n, { key: { concurrency_limit: 5n } });
    await books.open({ wants: [request(50n), request(10n)] });
    books.time += 1_000;
    expect(await trim(20n, { slots: 1 })).toMatchObject({
      granted: 20n,
      slots: 1,
      seq: 2,
      open: true,
      expiresAt: books.time + LENGTH_MS,
    });
    const counted = { daily: 20n, monthly: 20n, total: 20n, slots: 1 };
    expect(await books.owner()).toMatchObject({ available: 80n, leased: 20n, spending: counted });
    expect(await books.keySpending()).toMatchObject(counted);
    expect(await books.faults()).toEqual([]);
  });

  test('goes back once, however often the store runs it', async () => {
    books = await openBooks(100n);
    await books.open({ wants: [request(50n)] });
    await trim(
      20n,
      {},
      flakyDocuments(books.documents, () => 'run twice'),
    );
    expect(await trim(20n)).toMatchObject({ granted: 20n, seq: 2 });
    expect(await books.owner()).toMatchObject({ available: 80n, leased: 20n });
  });

  test('does not go back of a lease that was closed', async () => {
    books = await openBooks(100n);
    await books.open({ wants: [request(50n)] });
    await close(1);
    await expect(trim(0n)).rejects.toThrow(LeaseClosed);
    expect(await books.owner()).toMatchObject({ available: 100n, leased: 0n });
  });
});

describe('over midnight', () => {
  test('what is held counts in today, and leaves a month that is over alone', async () => {
    books = await openBooks(100n, { time: Date.UTC(2026, 10, 30, 23, 59, 59) });
    await books.open({ wants: [request(50n)] });
    books.time += 1_000;
    expect((await trim(20n)).day).toBe('2026-12-01');
    const counted = { day: '2026-12-01', daily: 20n, monthly: 20n, total: 20n };
    expect((await books.owner()).spending).toMatchObject(counted);
    expect(await books.keySpending()).toMatchObject(counted);
  });

  test('a clock that is late moves nothing back into yesterday', async () => {
    books = await openBooks(100n);
    await books.open({ wants: [request(50n)] });
    books.time -= 86_400_000;
    expect((await trim(20n)).day).toBe('2026-11-23');
    expect(await books.keySpending()).toMatchObject({ day: '2026-11-23', daily: 20n });
  });

  test('a lease that is closed gives back to its own day, not to today', async () => {
    books = await openBooks(100n, { time: Date.UTC(2026, 10, 23, 23, 59, 59) });
    await books.open({ wants: [request(50n)] });
    books.time += 1_000;
    await books.open({ leaseId: 'lea_b', wants: [request(7n)] });
    await close(1);
    expect(await books.keySpending()).toMatchObject({ day: '2026-11-24', daily: 7n, monthly: 7n, total: 7n });
  });
});

describe('a lease is closed', () => {
  test('by its own instance where it stands, and gives all back that was not spent', async () => {
    books = await openBooks(100n, { key: { concurrency_limit: 5n } });
    await books.open({ wants: [request(50n)] });
    expect(await close(1)).toMatchObject({ returned: 50n, lease: { open: false, seq: 2 } });
    expect(await books.owner()).toMatchObject({ available: 100n, leased: 0n, spending: { daily: 0n, slots: 0 } });
    expect(await books.keySpending()).toMatchObject({ daily: 0n, monthly: 0n, total: 0n, slots: 0 });
    // Nobody needs one that charged nothing.
    expect(await books.documents.query({ collection: LEASES })).toEqual([]);
  });

  test('by nobody who comes late: it went on since', async () => {
    books = await openBooks(100n);
    await books.open({ wants: [request(50n)] });
    await trim(20n);
    expect(await close(1)).toBeNull();
    expect(await close(3)).toBeNull();
    expect(await books.lease()).toMatchObject({ open: true, seq: 2, granted: 20n });
  });

  test('by anybody once it has expired, not a millisecond before; its holds are the sweep’s', async () => {
    books = await openBooks(100n);
    const { lease } = await books.open({ wants: [request(50n)] });
    expect(await expire(lease.expiresAt - 1)).toBeNull();
    expect(await books.owner()).toMatchObject({ leased: 50n });
    expect(await expire(lease.expiresAt)).toMatchObject({ returned: 50n });
    expect(await status()).toBe(EXPIRED);
  });

  test('once: whoever comes second gives nothing back', async () => {
    books = await openBooks(100n);
    await books.open({ wants: [request(50n)] });
    await close(
      1,
      flakyDocuments(books.documents, () => 'run twice'),
    );
    for (const again of [() => close(1), () => close(2), () => expire(books.time + LENGTH_MS)]) {
      expect(await again()).toBeNull();
    }
    expect(await books.owner()).toMatchObject({ available: 100n, leased: 0n });
  });
});
