import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Fate, flakyDocuments } from '../../../test/support/flaky-documents.ts';
import { LEASE_ID, type LeaseBooks, OWNER_ID, openBooks } from '../../../test/support/lease-books.ts';
import { LEASES } from '../leases/lease-store.ts';
import { ENTRIES } from '../ledger/entries.ts';
import { dayOf, noCaps, onDay, type SpendCaps } from '../ledger/spending.ts';
import { documentId } from '../store/document-id.ts';
import { createEndUserBook, type EndUserBook, MAX_RUNNING_OF_END_USER } from './end-user-book.ts';
import { END_USER_SPENDING, type EndUser, endUserId, reservedOf, toEndUserSpending } from './end-user-spending.ts';
import { LOOK_MS, settleDue } from './settle-due.ts';

const DAY_MS = 86_400_000;
let books: LeaseBooks;
let fates: Fate[];
let troubles: number;
let asides: Promise<unknown>[];
let book: EndUserBook;

beforeEach(async () => {
  books = await openBooks(1_000n);
  await books.open();
  fates = [];
  troubles = 0;
  asides = [];
  book = start();
});
afterEach(() => books.documents.close());

const start = () =>
  createEndUserBook({
    documents: flakyDocuments(books.documents, () => fates.shift() ?? 'done'),
    now: () => books.time,
    random: () => 0,
    pause: async () => {},
    aside: (_name, _ownerId, work) => void asides.push(work()),
    onTrouble: () => troubles++,
  });

const userOf = (caps: Partial<SpendCaps>, name: string | null = 'usr_ann', keyId = 'key_a'): EndUser => ({
  ownerId: OWNER_ID,
  keyId,
  name,
  currency: 'USD',
  caps: { ...noCaps, ...caps },
});
const ann = userOf({ total: 100n });
const reserve = (requestId: string, amount: bigint, user = ann) =>
  book.reserve(user, { requestId, leaseId: LEASE_ID, amount });
const stateOf = async (user = ann) => {
  const record = toEndUserSpending(await books.documents.get(END_USER_SPENDING, endUserId(user)));
  const { daily, monthly, total } = onDay(record.spending, dayOf(books.time));
  return { daily, monthly, total, reserved: reservedOf(record) };
};
const entry = (requestId: string, amount: bigint, overage: bigint, at = books.time) =>
  books.documents.commit([
    {
      kind: 'set',
      collection: ENTRIES,
      id: documentId(requestId),
      data: { entry_id: requestId, kind: 'charge', amount, overage, created_at: new Date(at) },
      expect: 'absent',
    },
  ]);
const closeLease = async () => {
  const id = documentId(LEASE_ID);
  await books.documents.commit([{ kind: 'delete', collection: LEASES, id, expect: 'present' }]);
};
const cap = (window: string, resets_at: string | null) => ({
  code: 'spend_limit_exceeded',
  details: expect.objectContaining({ reason: 'end_user_cap', window, resets_at }),
});

describe('a cap of an end user', () => {
  test('holds against requests at once: what is reserved counts as spent', async () => {
    const asked = await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map((id) => reserve(id, 30n)));
    const refused = asked.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(refused).toEqual([cap('total', null), cap('total', null)].map(expect.objectContaining));
    expect((await stateOf()).reserved).toBe(90n);
  });

  test('is of one user of one key', async () => {
    await reserve('a', 100n);
    await reserve('b', 100n, userOf({ total: 100n }, 'usr_bob'));
    await reserve('c', 100n, userOf({ total: 100n }, 'usr_ann', 'key_b'));
    await reserve('d', 100n, userOf({ total: 100n }, null));
    await expect(reserve('e', 1n, userOf({ total: 100n }, null))).rejects.toMatchObject(cap('total', null));
  });

  test('says of those that do not cover a request which begins anew last, and when', async () => {
    const user = userOf({ daily: 10n, monthly: 15n, total: 100n });
    await expect(reserve('a', 11n, user)).rejects.toMatchObject(cap('daily', '2026-11-24T00:00:00.000Z'));
    await expect(reserve('b', 16n, user)).rejects.toMatchObject(cap('monthly', '2026-12-01T00:00:00.000Z'));
  });

  test('begins anew with its window, and what runs counts in the new one', async () => {
    const user = userOf({ daily: 100n });
    await (await reserve('a', 100n, user)).settle(100n);
    const night = await reserve('b', 60n, user).catch(() => null);
    expect(night).toBeNull();
    books.time += DAY_MS;
    await reserve('c', 60n, user);
    await expect(reserve('d', 41n, user)).rejects.toMatchObject({ details: { available: '0.00000004' } });
  });

  test('leaves to one request a share of what there is', async () => {
    expect(await book.share(ann, 80n, 1n)).toBe(80n);
    await reserve('a', 20n);
    expect(await book.share(ann, 90n, 1n)).toBe(10n);
    expect(await book.share(ann, 90n, 70n)).toBe(80n);
    await expect(book.share(ann, 90n, 81n)).rejects.toMatchObject(cap('total', null));
  });

  test('allows so many requests at once, since they stand in one document', async () => {
    for (let n = 0; n < MAX_RUNNING_OF_END_USER; n++) await reserve(`r${n}`, 0n);
    await expect(reserve('more', 0n)).rejects.toMatchObject({
      code: 'rate_limit_exceeded',
      details: { reason: 'concurrency', scope: 'end_user' },
    });
  });
});

describe('a request', () => {
  test('counts as what it was charged, once, however often its end is written', async () => {
    const hold = await reserve('a', 50n);
    await hold.settle(70n);
    await hold.settle(70n);
    expect(await stateOf()).toEqual({ daily: 70n, monthly: 70n, total: 70n, reserved: 0n });
  });

  test('reserves once where its transaction runs twice, and grows once', async () => {
    fates = ['run twice', 'run twice'];
    const hold = await reserve('a', 30n);
    expect(await hold.grow(20n, 20n)).toBe(20n);
    expect((await stateOf()).reserved).toBe(50n);
    // The second run finds no room any more: the first has taken all of it.
    fates = ['run twice'];
    expect(await hold.grow(60n, 50n)).toBe(50n);
    expect(await hold.grow(1n, 1n)).toBeNull();
  });

  test('that could not be told to be reserved reserves nothing', async () => {
    fates = ['answer lost'];
    await expect(reserve('a', 100n)).rejects.toThrow('lost');
    expect((await stateOf()).reserved).toBe(0n);
  });

  test('whose end could not be written is ended later, once', async () => {
    const hold = await reserve('a', 50n);
    fates = ['full', 'answer lost'];
    await hold.settle(40n);
    expect(await stateOf()).toMatchObject({ total: 0n, reserved: 50n });
    book.tick();
    await Promise.all(asides.splice(0));
    expect(troubles).toBe(2);
    book.tick();
    await Promise.all(asides);
    expect(await stateOf()).toMatchObject({ total: 40n, reserved: 0n });
    book.tick();
    expect(asides).toHaveLength(1);
  });
});

describe('what an instance that died has reserved', () => {
  test('is kept while its lease may still charge it, however long that takes', async () => {
    await reserve('a', 100n);
    books.time += 10 * LOOK_MS;
    book = start();
    await expect(reserve('b', 1n)).rejects.toMatchObject(cap('total', null));
  });

  test('is free as soon as its lease is gone, for the next request', async () => {
    await reserve('a', 100n);
    await closeLease();
    await expect(reserve('b', 1n)).rejects.toMatchObject(cap('total', null));
    books.time += LOOK_MS;
    expect(await book.share(ann, 100n, 60n)).toBe(60n);
    await reserve('c', 100n);
    expect(await stateOf()).toMatchObject({ total: 0n, reserved: 100n });
  });

  test('counts as it was charged, with what went beyond, in the window of its entry', async () => {
    const user = userOf({ total: 100n });
    const hold = await reserve('a', 50n, user);
    await entry('a', 50n, 7n);
    await closeLease();
    books.time += DAY_MS;
    await reserve('b', 1n, user);
    expect(await stateOf()).toEqual({ daily: 0n, monthly: 57n, total: 57n, reserved: 1n });
    // Its own instance was late, not dead.
    await hold.settle(57n);
    expect(await stateOf()).toMatchObject({ total: 57n, reserved: 1n });
  });

  test('is found by the sweep where its user never comes again', async () => {
    await reserve('a', 50n);
    await entry('a', 20n, 0n);
    await settleDue(books.documents, endUserId(ann), books.time);
    expect((await stateOf()).reserved).toBe(50n);
    books.time += LOOK_MS;
    await settleDue(books.documents, endUserId(ann), books.time);
    expect(await stateOf()).toMatchObject({ total: 20n, reserved: 0n });
    const stored = await books.documents.get(END_USER_SPENDING, endUserId(ann));
    expect(stored?.data.due_at).toBeUndefined();
  });
});
