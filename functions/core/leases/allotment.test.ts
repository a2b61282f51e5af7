import { describe, expect, test } from '@jest/globals';
import type { StoredOwner } from '../ledger/owners.ts';
import { noCaps, toSpending } from '../ledger/spending.ts';
import {
  allot,
  concurrencyLimits,
  leastOf,
  leastSlots,
  limitsOf,
  type MoneyLimit,
  shareOf,
  type Want,
} from './allotment.ts';

const TODAY = '2026-11-23';

function owner(available: bigint, settings: { concurrency_limit?: bigint } = {}): StoredOwner {
  const document = { id: 'own_a', version: '1', data: { owner_id: 'own_a', ...settings } };
  return { ownerId: 'own_a', currency: 'USD', available, leased: 0n, spending: toSpending(undefined), document };
}

const spent = (daily: bigint) => ({ day: TODAY, daily, weekly: daily, monthly: daily, total: daily, slots: 0 });
const balance = (amount: bigint) => ({ reason: 'balance' as const, amount, window: null, resetsAt: null });
const request = (amount: bigint): Want => ({ amount, slot: true });
const more = (amount: bigint): Want => ({ amount, slot: false });

test.each([
  ['all that is wanted, where it is there', 100n, 10n, 200n, 100n],
  ['an eighth of what there is', 200n, 10n, 160n, 20n],
  ['what it can do with, where an eighth is less', 200n, 10n, 72n, 10n],
  ['all there is, where that is nearly what is wanted', 100n, 60n, 99n, 99n],
])('one gets %s', (_what, amount, least, available, share) =>
  expect(shareOf({ amount, least }, available)).toBe(share),
);

describe('the least room', () => {
  const room = (ownerLeft: bigint, keyLeft: bigint) =>
    leastOf(
      limitsOf(
        owner(50n),
        spent(10n),
        { ...noCaps, monthly: 10n + ownerLeft },
        spent(4n),
        { ...noCaps, daily: 4n + keyLeft },
        TODAY,
      ),
    );

  test('is the balance where the caps leave as much or more', () => expect(room(50n, 51n)).toEqual(balance(50n)));

  test('is the owner’s cap or the key’s where that leaves less, and says until when', () => {
    const ofOwner = { reason: 'owner_cap', amount: 8n, window: 'monthly', resetsAt: Date.UTC(2026, 11, 1) };
    const ofKey = { reason: 'key_cap', amount: 7n, window: 'daily', resetsAt: Date.UTC(2026, 10, 24) };
    expect(room(8n, 9n)).toEqual(ofOwner);
    expect(room(8n, 7n)).toEqual(ofKey);
  });

  test('takes no cap of a key whose document is gone', () =>
    expect(leastOf(limitsOf(owner(50n), spent(0n), { ...noCaps, daily: 60n }, spent(99n), null, TODAY))).toEqual(
      balance(50n),
    ));
});

describe('slots', () => {
  const key = (limit: bigint) => ({ id: 'hash_a', version: '1', data: { concurrency_limit: limit } });

  test('are limited by the owner and by the key, and by none where neither says so', () => {
    expect(concurrencyLimits(owner(0n, { concurrency_limit: 9n }), key(4n))).toEqual([
      { scope: 'owner', limit: 9 },
      { scope: 'key', limit: 4 },
    ]);
    expect(leastSlots(concurrencyLimits(owner(0n), null), { owner: 0, key: 0 })).toBeNull();
  });

  test('that are left are the fewest of both, each by its own count, and never fewer than none', () => {
    const limits = concurrencyLimits(owner(0n, { concurrency_limit: 9n }), key(4n));
    expect(leastSlots(limits, { owner: 8, key: 2 })).toEqual({ scope: 'owner', limit: 9, left: 1 });
    expect(leastSlots(limits, { owner: 2, key: 1 })).toEqual({ scope: 'key', limit: 4, left: 3 });
    expect(leastSlots(limits, { owner: 2, key: 6 })).toEqual({ scope: 'key', limit: 4, left: 0 });
  });
});

describe('an allotment', () => {
  test('is all that is wanted where it is there to the last nano, the free money of the lease included', () =>
    expect(
      allot({ wants: [request(6n), request(4n)], free: 3n, freeSlots: 0, slotsAhead: 0 }, [balance(7n)], null),
    ).toEqual({
      given: [6n, 4n],
      taken: 10n,
      slots: 0,
      refusal: null,
    }));

  test('lets smaller wants past a larger one, whose refusal is told with what it found', () =>
    expect(
      allot(
        { wants: [request(6n), request(9n), request(4n)], free: 0n, freeSlots: 0, slotsAhead: 0 },
        [balance(10n)],
        null,
      ),
    ).toEqual({
      given: [6n, null, 4n],
      taken: 10n,
      slots: 0,
      refusal: { reason: 'balance', room: 4n, window: null, resetsAt: null, limit: null },
    }));

  test('opens no more slots than are left, and only those that are not free already', () => {
    const slotRoom = { scope: 'key' as const, limit: 5, left: 2 };
    const wants = [request(1n), request(1n), request(1n), request(1n)];
    expect(allot({ wants, free: 0n, freeSlots: 1, slotsAhead: 0 }, [balance(10n)], slotRoom)).toEqual({
      given: [1n, 1n, 1n, null],
      taken: 3n,
      slots: 2,
      refusal: { reason: 'key_concurrency', room: 7n, window: null, resetsAt: null, limit: 5 },
    });
  });

  test('adds slots that would be welcome, an eighth of what is left at most, and none where somebody is refused', () => {
    const slotsOf = (slotsAhead: number, left: number, wants = [request(1n)]) =>
      allot({ wants, free: 0n, freeSlots: 0, slotsAhead }, [balance(10n)], { scope: 'key', limit: 100, left }).slots;
    expect([slotsOf(3, 100), slotsOf(20, 81), slotsOf(20, 8), slotsOf(20, 9)]).toEqual([4, 11, 1, 2]);
    // A limit that was lowered below what runs already.
    expect([slotsOf(3, 0, []), slotsOf(3, -9, [])]).toEqual([0, 0]);
    expect(slotsOf(3, 100, [request(1n), request(11n)])).toBe(1);
  });

  test('of more money for a running request takes no slot', () =>
    expect(
      allot({ wants: [more(2n), more(3n)], free: 0n, freeSlots: 0, slotsAhead: 0 }, [balance(10n)], {
        scope: 'owner',
        limit: 1,
        left: 0,
      }),
    ).toEqual({ given: [2n, 3n], taken: 5n, slots: 0, refusal: null }));

  test('gives no slot to whom there is no money for', () =>
    expect(
      allot({ wants: [request(9n), request(1n)], free: 0n, freeSlots: 0, slotsAhead: 0 }, [balance(5n)], {
        scope: 'owner',
        limit: 1,
        left: 1,
      }),
    ).toMatchObject({ given: [null, 1n], taken: 1n, slots: 1, refusal: { reason: 'balance' } }));

  test.each<[string, bigint, MoneyLimit['reason'], MoneyLimit['window']]>([
    ['the only one that leaves too little', 45n, 'key_cap', 'daily'],
    ['of two that leave too little, the one that begins anew later', 55n, 'owner_cap', 'monthly'],
    ['a cap for ever before any that begins anew', 65n, 'key_cap', 'total'],
    ['of two that hold for ever, the one that leaves less', 75n, 'key_cap', 'total'],
  ])('is refused for what the request has to wait for: %s', (_which, wanted, reason, window) => {
    const caps = { daily: 40n, weekly: null, monthly: null, total: 60n };
    const limits = limitsOf(owner(70n), spent(0n), { ...noCaps, monthly: 50n }, spent(0n), caps, TODAY);
    const { refusal } = allot({ wants: [request(wanted)], free: 0n, freeSlots: 0, slotsAhead: 0 }, limits, null);
    expect(refusal).toMatchObject({ reason, window, room: 40n });
  });
});
