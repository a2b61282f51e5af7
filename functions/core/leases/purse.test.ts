import { describe, expect, test } from '@jest/globals';
import type { LiveLease } from './live-lease.ts';
import { noteFill, openPurse, type Purse, planAhead, runsLow, serve, type Waiter } from './purse.ts';

/** A lease with so much to give, as far as a purse knows one. */
const lease = (free: bigint, spent = 0n) => ({ free, spent }) as LiveLease;

function purse(settings: Partial<Purse> = {}): Purse {
  return { ...openPurse({ ownerId: 'own_a', keyId: 'key_a', keyHash: 'hash_a', currency: 'USD' }), ...settings };
}

describe('those who wait', () => {
  test('are served in the order of their coming, smaller wants past larger ones, each once', () => {
    let free = 10n;
    const served: bigint[] = [];
    const waiter = (amount: bigint): Waiter => ({
      want: { amount, slot: true },
      claim: null,
      begin: () => {},
      take: () => {
        if (amount > free) return false;
        free -= amount;
        served.push(amount);
        return true;
      },
      reject: () => {},
      since: 0,
      refusedAt: null,
    });
    const waiting = purse({ lease: lease(0n), waiters: new Set([6n, 7n, 3n, 2n].map(waiter)) });
    serve(waiting);
    serve(waiting);
    expect(served).toEqual([6n, 3n]);
    expect([...waiting.waiters].map(({ want }) => want.amount)).toEqual([7n, 2n]);
  });
});

describe('how much is fetched ahead', () => {
  test('is nothing for a quiet key, the first time too', () => {
    expect(planAhead(purse(), 10n, 1_000)).toBe(0n);
    expect(planAhead(purse({ filledAt: 0, block: 99n }), 10n, 5_001)).toBe(0n);
  });

  test('is some times what was wanted for a key that asks again soon, however long its last block has lasted', () => {
    for (const before of [{ filledAt: 0 }, { filledAt: -90_000, askedBefore: 0 }])
      expect(planAhead(purse(before), 10n, 5_000)).toBe(40n);
  });

  test('is what a busy key spends in five seconds, where that is more', () =>
    expect(planAhead(purse({ filledAt: 1_000, spentAtFill: 50n, lease: lease(0n, 1_050n) }), 10n, 1_100)).toBe(
      50_000n,
    ));

  test('is some for several who wait at once', () => {
    const waiters = new Set([1, 2].map((since) => ({ since }) as Waiter));
    expect(planAhead(purse({ waiters }), 10n, 1_000)).toBe(40n);
  });
});

describe('a purse runs low', () => {
  test('when less than a quarter of the last block is left, while its key is busy', () => {
    const filled = (free: bigint) => purse({ lease: lease(free), block: 100n, filledAt: 0 });
    expect(runsLow(filled(24n), 5_000)).toBe(true);
    expect(runsLow(filled(25n), 5_000)).toBe(false);
    expect(runsLow(filled(24n), 5_001)).toBe(false);
    expect(runsLow({ ...filled(24n), askedBefore: 5_001 }, 10_001)).toBe(true);
    expect(runsLow(purse({ block: 100n, filledAt: 0 }), 1)).toBe(false);
  });

  test('and does not ask again with every request where less was there than welcome', () => {
    const poor = purse({ lease: lease(8n), block: 100n });
    noteFill(poor, 0n, 0);
    expect([poor.block, runsLow(poor, 1)]).toEqual([8n, false]);
  });
});
