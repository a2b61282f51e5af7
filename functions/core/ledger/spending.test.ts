import { describe, expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import {
  addSpending,
  dayOf,
  endOfWindow,
  fromSpending,
  noCaps,
  onDay,
  roomOf,
  type Spending,
  startOfWeek,
  toSpendCaps,
  toSpending,
} from './spending.ts';

const spent = (day: string): Spending => ({ day, daily: 5n, weekly: 10n, monthly: 20n, total: 100n, slots: 3 });

describe('a day', () => {
  test('is that of UTC, also when an earlier one is asked for next', () => {
    const midnight = Date.UTC(2026, 10, 24);
    expect([midnight - 1, midnight, midnight - 1].map(dayOf)).toEqual(['2026-11-23', '2026-11-24', '2026-11-23']);
  });
});

describe('windows that have ended begin anew', () => {
  test('a new day of the same month begins at zero, and the month goes on', () => {
    expect(onDay(spent('2026-11-23'), '2026-11-24')).toEqual({ ...spent('2026-11-24'), daily: 0n });
  });

  test('a new week begins at zero on Monday, whatever the month', () => {
    const weekly = (from: string, to: string) => onDay(spent(from), to).weekly;
    expect(weekly('2026-11-23', '2026-11-29')).toBe(10n);
    expect(weekly('2026-11-29', '2026-11-30')).toBe(0n);
    expect(weekly('2026-12-28', '2027-01-03')).toBe(10n);
    expect(weekly('2027-01-03', '2027-01-04')).toBe(0n);
    // The same day of the week, a week later.
    expect(weekly('2026-11-25', '2026-12-02')).toBe(0n);
  });

  test('a new month begins at zero', () => {
    expect(onDay(spent('2026-11-30'), '2026-12-01')).toEqual({ ...spent('2026-12-01'), daily: 0n, monthly: 0n });
  });

  test('so does the same month of another year', () => {
    expect(onDay(spent('2026-11-23'), '2027-11-23').monthly).toBe(0n);
  });

  test('but no clock that is late opens one a second time', () => {
    for (const day of ['2026-11-23', '2026-11-22', '2026-10-31', '2025-12-31']) {
      expect(onDay(spent('2026-11-23'), day)).toEqual(spent('2026-11-23'));
    }
  });
});

describe('what is given back', () => {
  const back = (day: string) => addSpending(spent('2026-11-23'), day, -2n, -1);

  test('of the same day leaves every window', () =>
    expect(back('2026-11-23')).toEqual({
      day: '2026-11-23',
      daily: 3n,
      weekly: 8n,
      monthly: 18n,
      total: 98n,
      slots: 2,
    }));

  test('of an earlier day leaves today as it is', () =>
    expect(addSpending(spent('2026-11-24'), '2026-11-23', -2n, -1)).toEqual({
      ...{ day: '2026-11-24', daily: 5n, weekly: 8n },
      ...{ monthly: 18n, total: 98n, slots: 2 },
    }));

  test('of an earlier week leaves this week as it is', () =>
    expect(back('2026-11-22')).toMatchObject({ daily: 5n, weekly: 10n, monthly: 18n, total: 98n }));

  test('of an earlier month leaves this month as it is', () =>
    expect(back('2026-10-31')).toEqual({
      day: '2026-11-23',
      daily: 5n,
      weekly: 10n,
      monthly: 20n,
      total: 98n,
      slots: 2,
    }));

  test('of the same month a year ago leaves this month as it is', () => expect(back('2025-11-23').monthly).toBe(20n));
});

describe('the room before a cap', () => {
  test('is that of the window with the least left', () => {
    expect(roomOf(spent('2026-11-23'), { daily: 9n, weekly: 14n, monthly: 23n, total: 200n })).toEqual({
      amount: 3n,
      window: 'monthly',
    });
    expect(roomOf(spent('2026-11-23'), { ...noCaps, weekly: 12n })).toEqual({ amount: 2n, window: 'weekly' });
    expect(roomOf(spent('2026-11-23'), { ...noCaps, total: 101n })).toEqual({ amount: 1n, window: 'total' });
  });

  test('is never below zero: a cap may have been lowered', () =>
    expect(roomOf(spent('2026-11-23'), { ...noCaps, daily: 4n })).toEqual({ amount: 0n, window: 'daily' }));

  test('is none where nothing is capped', () => expect(roomOf(spent('2026-11-23'), noCaps)).toBeNull());
});

describe('caps', () => {
  const fx = { rate: 88_000_000n, asOf: '2026-11-20', source: 'test' };

  test('in dollars are taken at the rate of the day', () => {
    const data = { spend_cap_usd: 2n, spend_cap_window: 'monthly' };
    expect(toSpendCaps({ data }, 'INR', fx)).toEqual({ ...noCaps, monthly: 176n });
    expect(toSpendCaps({ data }, 'USD', fx)).toEqual({ ...noCaps, monthly: 2n });
  });

  test('of one window: the smaller one wins, whichever it is', () => {
    const both = (daily: bigint) => ({ spend_caps: { daily }, spend_cap_usd: 7n, spend_cap_window: 'daily' });
    expect(toSpendCaps({ data: both(6n) }, 'USD', fx).daily).toBe(6n);
    expect(toSpendCaps({ data: both(8n) }, 'USD', fx).daily).toBe(7n);
  });

  test.each([{ spend_caps: { daily: '5' } }, { spend_caps: { total: 1.5 } }, { spend_cap_usd: 'five' }])(
    'that are no amounts are not taken for none: %p',
    (data) => {
      expect(() => toSpendCaps({ data }, 'USD', fx)).toThrow(TypeError);
    },
  );

  test('without a window are for ever', () =>
    expect(toSpendCaps({ data: { spend_cap_usd: 7n } }, 'USD', fx)).toEqual({ ...noCaps, total: 7n }));
});

test('a window ends with the day, the week or the month, over the ends of months and years; a total never does', () => {
  expect(endOfWindow('daily', '2026-11-30')).toBe(Date.UTC(2026, 11, 1));
  expect(endOfWindow('daily', '2028-02-28')).toBe(Date.UTC(2028, 1, 29));
  for (const day of ['2026-11-23', '2026-11-26', '2026-11-29']) {
    expect(endOfWindow('weekly', day)).toBe(Date.UTC(2026, 10, 30));
  }
  expect(endOfWindow('weekly', '2026-12-31')).toBe(Date.UTC(2027, 0, 4));
  expect(endOfWindow('monthly', '2026-12-31')).toBe(Date.UTC(2027, 0, 1));
  expect(endOfWindow('total', '2026-11-23')).toBeNull();
});

test('a record comes back from its document as it was; where there is none, nothing was spent', () => {
  expect(toSpending(fromSpending(spent('2026-11-23')))).toEqual(spent('2026-11-23'));
  expect(toSpending(undefined)).toEqual({
    ...{ day: '', daily: 0n, weekly: 0n },
    ...{ monthly: 0n, total: 0n, slots: 0 },
  });
});

describe('a record of before there were weekly caps', () => {
  const { weekly: _, ...stored } = fromSpending(spent('2026-11-24'));

  test('knows of its week what it knows of its day', () => {
    const spending = toSpending(stored);
    expect(spending.weekly).toBe(5n);
    expect(addSpending(spending, '2026-11-24', 3n, 0).weekly).toBe(8n);
  });

  test('never has less in its week than in its day, whatever comes back of earlier days', () => {
    expect(addSpending(toSpending(stored), '2026-11-23', -7n, 0)).toMatchObject({ daily: 5n, weekly: 5n });
  });
});

test('a week begins on Monday, and has seven days', () => {
  const anyDay = fc.integer({ min: 0, max: 40_000 }).map((days) => days * 86_400_000);
  fc.assert(
    fc.property(anyDay, (at) => {
      const monday = Date.parse(startOfWeek(dayOf(at)));
      expect(new Date(monday).getUTCDay()).toBe(1);
      expect(at - monday).toBeGreaterThanOrEqual(0);
      expect(at - monday).toBeLessThan(7 * 86_400_000);
      expect(endOfWindow('weekly', dayOf(at))).toBe(monday + 7 * 86_400_000);
    }),
  );
  expect(startOfWeek('')).toBe('');
});
