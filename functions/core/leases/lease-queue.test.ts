import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Fate, flakyDocuments } from '../../../test/support/flaky-documents.ts';
import { LEASE_ID, LENGTH_MS, type LeaseBooks, openBooks, testFx } from '../../../test/support/lease-books.ts';
import { ENTRIES } from '../ledger/entries.ts';
import { postWrites } from '../ledger/holds.ts';
import { documentId } from '../store/document-id.ts';
import { type Documents, StoreUnavailable, type Write } from '../store/documents.ts';
import { FIRST_RETRY_MS, LAST_RETRY_MS, LeaseQueue, MAX_GROUP } from './lease-queue.ts';
import { closeLease } from './lease-return.ts';
import type { HoldChange } from './lease-step.ts';
import { LEASES, LeaseClosed, LeaseUncertain } from './lease-store.ts';
import { Refused } from './refused.ts';

let books: LeaseBooks;
let monotonic: number;
let pauses: number[];

beforeEach(async () => {
  books = await openBooks(1_000n);
  monotonic = 0;
  pauses = [];
});
afterEach(() => books.documents.close());

/** The queue of a lease of a hundred. */
async function openQueue(documents: Documents = books.documents): Promise<LeaseQueue> {
  const { lease } = await books.open({ wants: [{ amount: 100n, slot: true }] });
  return new LeaseQueue(portsOf(documents), lease, monotonic);
}

const portsOf = (documents: Documents) => ({
  documents,
  monotonic: () => monotonic,
  now: () => books.time,
  pause: async (milliseconds: number) => pauses.push(milliseconds),
  lengthMs: LENGTH_MS,
});

/** A lease that is closed goes when it is counted. */
const takeAway = () =>
  books.documents.commit([{ kind: 'delete', collection: LEASES, id: documentId(LEASE_ID), expect: 'present' }]);

/** A store whose commits meet these fates, in turn. */
function flaky(...fates: Fate[]): Documents {
  return flakyDocuments(books.documents, () => fates.shift() ?? 'done');
}

/** A store whose commits are made by `commit`. */
function committing(commit: Documents['commit']): Documents {
  return { ...flaky(), commit };
}

/** Posts what a request cost; it held nothing, unless a test says so. */
function post(queue: LeaseQueue, requestId: string, amount = 10n, holds?: HoldChange): Promise<void> {
  const hold = { requestId, ownerId: 'own_a', keyId: 'key_a', currency: 'USD' as const, amount, fx: testFx };
  const posting = { amount, overage: 0n, writtenOff: 0n };
  const charge = { cost: amount * 1_000n, facts: {} };
  const writes = postWrites(hold, charge, posting, new Date(books.time));
  return queue.write(writes.others, holds, { charge: writes.charge, spent: amount });
}

const begins = (held: bigint): HoldChange => ({ held, running: 1 });
const ends = (held: bigint): HoldChange => ({ held: -held, running: -1 });
/** What the lease's document says of its requests. */
const sums = async () => {
  const { spent, held, running, posts } = await books.lease();
  return { spent, held, running, posts };
};

/** Somebody closes the lease, as the sweep does when it has expired. */
const closeIt = () => closeLease(books.documents, LEASE_ID, { expiredAt: books.time + LENGTH_MS }, testFx);
const charged = async () =>
  (await books.documents.query({ collection: ENTRIES, where: [{ field: 'kind', op: '==', value: 'charge' }] })).length;
const outcomes = async (all: Promise<unknown>[]) =>
  (await Promise.allSettled(all)).map((each) => (each.status === 'fulfilled' ? 'done' : (each.reason as Error).name));
const mark = (id: string): Write => ({ kind: 'set', collection: 'marks', id, data: {}, expect: 'absent' });

describe('a commit whose answer was lost', () => {
  test('is looked up: it was made, once, and the lease goes on from there', async () => {
    const queue = await openQueue(flaky('answer lost'));
    await post(queue, 'req_1');
    expect([queue.lease.seq, queue.lease.spent]).toEqual([2, 10n]);
    await post(queue, 'req_2');
    expect(await charged()).toBe(2);
    expect(await books.lease()).toMatchObject({ seq: 3, spent: 20n, version: queue.lease.version });
    expect(await books.faults()).toEqual([]);
  });

  test('counts as made where the lease was closed just after it, and is the last', async () => {
    const queue = await openQueue(
      committing(async (writes) => {
        await books.documents.commit(writes);
        await closeIt();
        throw new StoreUnavailable('the answer was lost');
      }),
    );
    await post(queue, 'req_1');
    expect([await charged(), queue.lease.open]).toEqual([1, false]);
    await expect(post(queue, 'req_2')).rejects.toThrow(LeaseClosed);
    expect(await charged()).toBe(1);
    expect(await books.owner()).toMatchObject({ available: 990n, leased: 0n });
    expect(await books.faults()).toEqual([]);
  });

  test('is lost where the lease was closed before it came: nobody pays', async () => {
    let tries = 0;
    const queue = await openQueue(
      committing(async (writes) => {
        if (tries++ > 0) return books.documents.commit(writes);
        await closeIt();
        throw new StoreUnavailable('refused');
      }),
    );
    await expect(post(queue, 'req_1')).rejects.toThrow(LeaseClosed);
    expect([await charged(), queue.lease.open]).toEqual([0, false]);
    expect(await books.owner()).toMatchObject({ available: 1_000n, leased: 0n });
  });

  test.each([
    ['was applied before that: its entry is there', true, ['done', 'done'], 2, 980n],
    ['was not: nobody pays', false, ['LeaseClosed', 'LeaseClosed'], 0, 1_000n],
  ])(
    'where the lease was closed, counted and taken away since, %s',
    async (_how, isApplied, came, charges, available) => {
      let tries = 0;
      const queue = await openQueue(
        committing(async (writes) => {
          if (tries++ > 0) return books.documents.commit(writes);
          if (isApplied) await books.documents.commit(writes);
          await closeIt();
          await takeAway();
          throw new StoreUnavailable('the answer was lost');
        }),
      );
      expect(await outcomes([post(queue, 'req_1'), post(queue, 'req_2')])).toEqual(came);
      expect([await charged(), queue.lease.open]).toEqual([charges, false]);
      await expect(post(queue, 'req_3')).rejects.toThrow(LeaseClosed);
      expect(await books.owner()).toMatchObject({ available, leased: 0n });
      expect(await books.faults()).toEqual([]);
    },
  );

  test('is not taken for another that charged the same request, where the lease is gone', async () => {
    await post(await openQueue(), 'req_1');
    await closeIt();
    await takeAway();
    const { lease } = await books.open({ wants: [{ amount: 100n, slot: true }], leaseId: 'lea_b' });
    const lost = committing(async () => {
      await books.documents.commit([
        { kind: 'delete', collection: LEASES, id: documentId('lea_b'), expect: 'present' },
      ]);
      throw new StoreUnavailable('refused');
    });
    const again = flakyDocuments(books.documents, () => 'done');
    let tries = 0;
    const documents = { ...again, commit: (writes: readonly Write[]) => (tries++ > 0 ? again : lost).commit(writes) };
    const queue = new LeaseQueue(portsOf(documents), lease, monotonic);
    expect(await outcomes([post(queue, 'req_1')])).toEqual(['LeaseClosed']);
  });

  test('is sent again until it is known, with longer waits up to a limit', async () => {
    const refusals = Array.from({ length: 8 }, (): Fate => 'refused');
    const queue = await openQueue(flaky(...refusals));
    await post(queue, 'req_1');
    expect(pauses).toEqual([FIRST_RETRY_MS, 100, 200, 400, 800, 1_600, LAST_RETRY_MS, LAST_RETRY_MS]);
    expect([await charged(), queue.lease.seq]).toEqual([1, 2]);
  });

  test('of a store that cannot tell the version: it is read, also that the lease is closed', async () => {
    let closes = false;
    const queue = await openQueue(
      committing(async (writes) => {
        await books.documents.commit(writes);
        if (closes) await closeIt();
        return null;
      }),
    );
    await post(queue, 'req_1');
    expect([queue.lease.version, queue.lease.open]).toEqual([(await books.lease()).version, true]);
    closes = true;
    await post(queue, 'req_2');
    expect([await charged(), queue.lease.open]).toEqual([2, false]);
  });
});

describe('nothing is posted twice', () => {
  test('by the same lease, in one commit or in two: the second is refused and not spent', async () => {
    const queue = await openQueue();
    expect(await outcomes([post(queue, 'req_1'), post(queue, 'req_1')])).toEqual(['done', 'Refused']);
    expect(await outcomes([post(queue, 'req_1')])).toEqual(['Refused']);
    expect([await charged(), queue.lease.spent, (await books.lease()).spent]).toEqual([1, 10n, 10n]);
    expect(await books.faults()).toEqual([]);
  });

  test('by a client that sends again what was applied', async () => {
    const queue = await openQueue(flaky('run twice', 'answer lost'));
    await post(queue, 'req_1');
    await post(queue, 'req_2');
    expect([await charged(), (await books.lease()).spent]).toEqual([2, 20n]);
    expect(await books.faults()).toEqual([]);
  });
});

describe('a write that cannot be applied', () => {
  test('does not take along the others of its commit, nor what they spent', async () => {
    const queue = await openQueue();
    await books.documents.commit([mark('taken')]);
    const all = [post(queue, 'req_1'), queue.write([mark('taken')]), post(queue, 'req_2')];
    expect(await outcomes(all)).toEqual(['done', 'Refused', 'done']);
    expect([await charged(), queue.lease.spent, queue.lease.open]).toEqual([2, 20n, true]);
  });

  test('says so by its name', async () => {
    const queue = await openQueue();
    await books.documents.commit([mark('taken')]);
    await expect(queue.write([mark('taken')])).rejects.toThrow(Refused);
  });
});

describe('a write that the store will never take', () => {
  const there = async (id: string) => (await books.documents.get('marks', id)) !== null;

  test('does not take along the others of its commit, nor what they spent', async () => {
    const queue = await openQueue(flaky('invalid', 'done', 'invalid', 'done'));
    const all = [post(queue, 'req_1'), post(queue, 'req_2'), post(queue, 'req_3')];
    expect(await outcomes(all)).toEqual(['done', 'Error', 'done']);
    expect([await charged(), queue.lease.spent, (await books.lease()).spent, queue.lease.open]).toEqual([
      2,
      20n,
      20n,
      true,
    ]);
    expect(await books.faults()).toEqual([]);
  });

  test('frees the hold that ends with it all the same, before the turn of a transaction that waits', async () => {
    const queue = await openQueue(flaky('done', 'invalid'));
    await queue.write([], begins(10n));
    const written = queue.write([mark('bad')], ends(10n));
    const seen = queue.turn(async (lease) => {
      expect(lease).toMatchObject({ held: 0n, running: 0 });
      return lease;
    });
    expect(await outcomes([written, seen])).toEqual(['Error', 'done']);
    expect([await there('bad'), queue.lease.open]).toEqual([false, true]);
    expect(await sums()).toEqual({ spent: 0n, held: 0n, running: 0, posts: 0 });
  });

  test('begins no hold', async () => {
    const queue = await openQueue(flaky('invalid'));
    expect(await outcomes([queue.write([mark('bad')], begins(10n))])).toEqual(['Error']);
    expect(await sums()).toEqual({ spent: 0n, held: 0n, running: 0, posts: 0 });
  });

  test('ends the lease where that is not taken either: the sweep closes it', async () => {
    const queue = await openQueue(flaky('done', 'invalid', 'defect'));
    await queue.write([], begins(10n));
    expect(await outcomes([queue.write([mark('bad')], ends(10n))])).toEqual(['Error']);
    expect([queue.lease.open, (await books.lease()).open]).toEqual([false, true]);
    await expect(post(queue, 'req_1')).rejects.toThrow(LeaseClosed);
    expect(await charged()).toBe(0);
  });

  test.each(['invalid', 'defect'] as const)(
    'ends the lease where it came again after a commit of which nothing is known (%s)',
    async (fate) => {
      const queue = await openQueue(flaky('answer lost', fate));
      await expect(post(queue, 'req_1')).rejects.toThrow(LeaseUncertain);
      // It was charged, and what comes after must not be taken for it.
      expect(await outcomes([post(queue, 'req_2')])).toEqual(['LeaseClosed']);
      expect([await charged(), queue.lease.open, (await books.lease()).spent]).toEqual([1, false, 10n]);
      expect(await books.faults()).toEqual([]);
    },
  );

  test('ends the lease for those that shared its commit too: none of them is taken for it', async () => {
    // The group is not taken; then the first of it alone is made, nobody hears of it, and it cannot be sent again.
    const queue = await openQueue(flaky('invalid', 'answer lost', 'defect'));
    const all = ['req_1', 'req_2', 'req_3'].map((id) => post(queue, id));
    expect(await outcomes(all)).toEqual(['LeaseUncertain', 'LeaseClosed', 'LeaseClosed']);
    expect([await charged(), (await books.lease()).spent, await books.faults()]).toEqual([1, 10n, []]);
  });

  test('ends the lease where it is a transaction of which nothing is known', async () => {
    const queue = await openQueue();
    let runs = 0;
    const turn = queue.turn(async (lease) => {
      runs++;
      throw runs === 1 ? new StoreUnavailable('the answer was lost') : new TypeError(lease.leaseId);
    });
    await expect(turn).rejects.toThrow(LeaseUncertain);
    expect(queue.lease.open).toBe(false);
  });
});

test.each([
  ['a number that is none', { seq: 'many' }],
  ['an amount that is none', { spent: null }],
  ['an end that is none', { expires_at: 'soon' }],
])('a lease whose document was damaged is used no further: %s', async (_name, damage) => {
  const queue = await openQueue();
  const found = await books.documents.get(LEASES, documentId(LEASE_ID));
  const data = { ...found?.data, ...damage };
  await books.documents.commit([
    { kind: 'set', collection: LEASES, id: documentId(LEASE_ID), data, expect: 'present' },
  ]);
  expect(await outcomes([post(queue, 'req_1'), post(queue, 'req_2')])).toEqual(['LeaseUncertain', 'LeaseUncertain']);
  expect([await charged(), queue.lease.open]).toEqual([0, false]);
});

describe('what the requests of a lease hold', () => {
  test('stands on it as the sum of its commits, with each charge numbered', async () => {
    const queue = await openQueue();
    await Promise.all([queue.write([], begins(30n)), queue.write([], begins(20n)), queue.write([], begins(0n))]);
    expect(await sums()).toEqual({ spent: 0n, held: 50n, running: 3, posts: 0 });
    await Promise.all([post(queue, 'req_1', 12n, ends(30n)), post(queue, 'req_2', 0n, ends(0n))]);
    await post(queue, 'req_3', 5n, ends(20n));
    expect(await sums()).toEqual({ spent: 17n, held: 0n, running: 0, posts: 3 });
    const entries = await Promise.all(
      ['req_1', 'req_2', 'req_3'].map((id) => books.documents.get(ENTRIES, documentId(id))),
    );
    expect(entries.map((entry) => [entry?.data.lease_id, entry?.data.nth])).toEqual([
      [LEASE_ID, 1n],
      [LEASE_ID, 2n],
      [LEASE_ID, 3n],
    ]);
    expect(await books.faults()).toEqual([]);
  });

  test('has nothing in it of what still waits: what is posted and unconfirmed counts as held', async () => {
    let go = () => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    const seen: unknown[] = [];
    const queue = await openQueue(
      committing(async (writes) => {
        if (writes.some(({ collection }) => collection === 'marks')) await held;
        seen.push(await sums());
        return books.documents.commit(writes);
      }),
    );
    await queue.write([], begins(40n));
    const waiting = [queue.write([mark('slow')])];
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    waiting.push(post(queue, 'req_1', 10n, ends(40n)), queue.write([], begins(7n)));
    expect([queue.lease.held, queue.promised]).toEqual([40n, 47n]);
    go();
    await Promise.all(waiting);
    expect(seen.at(-1)).toEqual({ spent: 0n, held: 40n, running: 1, posts: 0 });
    expect(await sums()).toEqual({ spent: 10n, held: 7n, running: 1, posts: 1 });
    expect(queue.promised).toBe(7n);
  });

  test('counts once what shared a commit that was refused, and frees the hold of a charge that was made before', async () => {
    const queue = await openQueue();
    await post(queue, 'req_1');
    await Promise.all([queue.write([], begins(30n)), queue.write([], begins(20n))]);
    const all = [
      post(queue, 'req_1', 10n, ends(30n)),
      post(queue, 'req_2', 10n, ends(20n)),
      queue.write([], begins(1n)),
    ];
    expect(await outcomes(all)).toEqual(['Refused', 'done', 'done']);
    expect(await sums()).toEqual({ spent: 20n, held: 1n, running: 1, posts: 2 });
    expect(await books.faults()).toEqual([]);
  });

  test('does not begin with a claim that somebody else has', async () => {
    const queue = await openQueue();
    await books.documents.commit([mark('taken')]);
    expect(await outcomes([queue.write([mark('taken')], begins(30n)), queue.write([], begins(20n))])).toEqual([
      'Refused',
      'done',
    ]);
    expect(await sums()).toEqual({ spent: 0n, held: 20n, running: 1, posts: 0 });
  });

  test.each(['answer lost', 'run twice', 'refused'] as const)('is the same where a commit was %s', async (fate) => {
    const queue = await openQueue(flaky(fate, fate));
    await queue.write([], begins(30n));
    await post(queue, 'req_1', 10n, ends(30n));
    expect(await sums()).toEqual({ spent: 10n, held: 0n, running: 0, posts: 1 });
    expect(await books.faults()).toEqual([]);
  });

  test('grows with the next commit, whatever that is for, and by no commit of its own', async () => {
    const queue = await openQueue();
    await queue.write([], begins(30n));
    queue.grow(15n);
    expect([queue.waiting, queue.promised, (await sums()).held]).toEqual([0, 45n, 30n]);
    await queue.write([]);
    expect((await sums()).held).toBe(45n);
    queue.grow(5n);
    await post(queue, 'req_1', 10n, ends(50n));
    expect([await sums(), queue.counts.commits]).toEqual([{ spent: 10n, held: 0n, running: 0, posts: 1 }, 3]);
  });

  test('grows also where the write that it went with cannot be applied', async () => {
    const queue = await openQueue();
    await books.documents.commit([mark('taken')]);
    await queue.write([], begins(30n));
    queue.grow(15n);
    const all = [queue.write([mark('taken')], begins(1n)), post(queue, 'req_1', 10n, ends(45n))];
    expect(await outcomes(all)).toEqual(['Refused', 'done']);
    expect(await sums()).toEqual({ spent: 10n, held: 0n, running: 0, posts: 1 });
  });
});

describe('commits of a lease', () => {
  test('go one at a time; what comes meanwhile shares the next', async () => {
    let [running, most] = [0, 0];
    const queue = await openQueue(
      committing(async (writes) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        const version = await books.documents.commit(writes);
        running--;
        return version;
      }),
    );
    const first = post(queue, 'req_0');
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([first, ...[1, 2, 3].map((n) => post(queue, `req_${n}`))]);
    expect([most, queue.counts.commits, queue.waiting]).toEqual([1, 2, 0]);
  });

  test('take so many operations and no more', async () => {
    const queue = await openQueue();
    await Promise.all(Array.from({ length: MAX_GROUP + 1 }, (_, n) => queue.write([mark(`m${n}`)])));
    expect(queue.counts.commits).toBe(2);
    // Also those that a transaction waits for.
    const before = Array.from({ length: MAX_GROUP + 1 }, (_, n) => queue.write([mark(`n${n}`)]));
    await Promise.all([...before, queue.turn(async (lease) => ({ ...lease }))]);
    expect(queue.counts).toEqual({ commits: 4, transactions: 1 });
  });

  test('renew it, from when they were sent: an answer that takes long does not make it younger', async () => {
    const queue = await openQueue(
      committing(async (writes) => {
        monotonic += 5_000;
        return books.documents.commit(writes);
      }),
    );
    monotonic = 1_000;
    books.time += 20_000;
    await queue.write([]);
    expect(queue.confirmedAt).toBe(1_000);
    expect((await books.lease()).expiresAt).toBe(books.time + LENGTH_MS);
  });

  test('that failed do not renew it', async () => {
    const queue = await openQueue();
    await books.documents.commit([mark('taken')]);
    monotonic = 1_000;
    await queue.write([mark('taken')]).catch(() => {});
    expect(queue.confirmedAt).toBe(0);
  });
});

describe('a turn', () => {
  test('comes after all that was written before it, and before all that is written later', async () => {
    const queue = await openQueue();
    const order: string[] = [];
    const isThere = async (id: string) => ((await books.documents.get('marks', id)) === null ? 'no' : 'yes');
    const before = queue.write([mark('before')]).then(() => order.push('before'));
    const turn = queue.turn(async (lease) => {
      order.push(`turn: ${await isThere('before')} ${await isThere('after')}`);
      return lease;
    });
    const after = queue.write([mark('after')]).then(() => order.push('after'));
    await Promise.all([before, turn, after]);
    expect(order).toEqual(['before', 'turn: yes no', 'after']);
  });

  test('that ends the lease refuses what waits behind it, and writes none of it', async () => {
    const queue = await openQueue();
    const turn = queue.turn(async (lease) => {
      await closeIt();
      return { ...lease, open: false };
    });
    expect(await outcomes([turn, post(queue, 'req_1')])).toEqual(['done', 'LeaseClosed']);
    expect([await charged(), await books.documents.get(ENTRIES, documentId('req_1'))]).toEqual([0, null]);
  });

  test('that finds the lease closed tells at once: it is not open any more', async () => {
    const queue = await openQueue();
    await expect(queue.turn(() => Promise.reject(new LeaseClosed(LEASE_ID)))).rejects.toThrow(LeaseClosed);
    expect(queue.lease.open).toBe(false);
    expect(await outcomes([post(queue, 'req_1')])).toEqual(['LeaseClosed']);
    expect(await charged()).toBe(0);
  });

  test('that fails leaves the lease open, and the next one goes', async () => {
    const queue = await openQueue();
    const failing = queue.turn(() => Promise.reject(new TypeError('damaged')));
    expect(await outcomes([failing, post(queue, 'req_1')])).toEqual(['TypeError', 'done']);
  });
});
