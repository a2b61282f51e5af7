import { expect, test } from '@jest/globals';
import type { CapUse } from '../../core/leases/cap-use.ts';
import { capHeaders } from './cap-headers.ts';

const NAME = 'anthropic-ratelimit-unified-';
const midnight = Date.UTC(2026, 10, 24);
const daily: CapUse = { scope: 'key', window: 'daily', cap: 100n, used: 42n, resetsAt: midnight };
const total: CapUse = { scope: 'owner', window: 'total', cap: 1_000n, used: 100n, resetsAt: null };
const told = (...caps: CapUse[]) =>
  Object.fromEntries(Object.entries(capHeaders(caps)).map(([name, value]) => [name.replace(NAME, ''), value]));

test('without a cap it is allowed, and no more is said', () => expect(told()).toEqual({ status: 'allowed' }));

test('the cap that is used most stands for all', () =>
  expect(told(daily, total)).toEqual({
    status: 'allowed',
    'representative-claim': 'daily',
    reset: String(midnight / 1_000),
    'daily-utilization': '0.42',
    'daily-reset': String(midnight / 1_000),
    'total-utilization': '0.10',
  }));

test('of two caps of a window the one that is used more is told', () =>
  expect(told(daily, { ...daily, scope: 'owner', used: 60n })['daily-utilization']).toBe('0.60'));

test.each([
  [74n, 'allowed'],
  [75n, 'allowed_warning'],
  [100n, 'allowed_warning'],
])('with %d %% of a cap used the status is %s', (used, status) => expect(told({ ...daily, used }).status).toBe(status));

test('a cap that never begins anew says no time, and a cap of nothing is used up', () =>
  expect(told({ ...total, cap: 0n })).toEqual({
    status: 'allowed_warning',
    'representative-claim': 'total',
    'total-utilization': '1.00',
  }));
