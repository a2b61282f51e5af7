import { expect, test } from '@jest/globals';
import { noCaps } from '../ledger/spending.ts';
import { capsAtGrant, capsNow } from './cap-use.ts';

const spending = (daily: bigint, monthly: bigint) => ({
  ...{ day: '2026-11-23', daily, weekly: daily, monthly },
  ...{ total: monthly, slots: 0 },
});
const lease = { day: '2026-11-23', granted: 50n, spent: 20n };
const then = capsAtGrant(
  spending(90n, 400n),
  spending(60n, 60n),
  { owner: { ...noCaps, monthly: 1_000n }, key: { ...noCaps, daily: 100n, total: 200n } },
  lease,
);

test('a cap is used by what was spent and what others have set aside, not by what the lease has still', () =>
  expect(capsNow(then, lease)).toEqual([
    { scope: 'owner', window: 'monthly', cap: 1_000n, used: 370n, resetsAt: Date.UTC(2026, 11, 1) },
    { scope: 'key', window: 'daily', cap: 100n, used: 30n, resetsAt: Date.UTC(2026, 10, 24) },
    { scope: 'key', window: 'total', cap: 200n, used: 30n, resetsAt: null },
  ]));

test('what the lease spends since is used', () =>
  expect(capsNow(then, { ...lease, spent: 45n }).map(({ used }) => used)).toEqual([395n, 55n, 55n]));

test('of another day nothing is known', () => expect(capsNow(then, { ...lease, day: '2026-11-24' })).toEqual([]));

test('where nothing is capped there is nothing to say', () =>
  expect(capsNow(capsAtGrant(spending(0n, 0n), spending(0n, 0n), { owner: noCaps, key: null }, lease), lease)).toEqual(
    [],
  ));
