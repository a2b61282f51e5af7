import { describe, expect, test } from '@jest/globals';
import fc from '../../test/support/fast-check.ts';
import type { OnePriceEntry } from './price-entry.ts';
import { nextChange, priceAt, resolvePrices } from './resolve-price.ts';

const DAY_MS = 86_400_000;
const FIRST = Date.parse('2026-01-01');
const dayOf = (days: number) => new Date(FIRST + days * DAY_MS).toISOString().slice(0, 10);
const one = (input: number, dates: Partial<OnePriceEntry> = {}): OnePriceEntry => ({
  input: String(input),
  output: '1',
  ...dates,
});
const inputAt = (entry: OnePriceEntry[], at: number) => {
  const found = priceAt(resolvePrices(entry, []), at)?.input;
  return found === undefined ? null : Number(found / 1_000_000n);
};

describe('a list of dated prices', () => {
  /** Days on which another price begins, in any order, and a moment. */
  const history = fc.record({
    days: fc.uniqueArray(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 6 }),
    at: fc.integer({ min: FIRST, max: FIRST + 900 * DAY_MS }),
  });

  test('has at each moment the price that began last, in whatever order the file names them', () => {
    fc.assert(
      fc.property(history, ({ days, at }) => {
        const entry = [...days.map((day) => one(day, { from: dayOf(day) })), one(0)];
        const begun = days.filter((day) => FIRST + day * DAY_MS <= at);
        expect(inputAt(entry, at)).toBe(Math.max(0, ...begun));
      }),
    );
  });

  test('costs the same until its next change, and something else from then on', () => {
    fc.assert(
      fc.property(history, ({ days, at }) => {
        const entry = [one(0), ...days.map((day) => one(day, { from: dayOf(day) }))];
        const change = nextChange(resolvePrices(entry, []), at);
        if (change === Number.POSITIVE_INFINITY) expect(inputAt(entry, at)).toBe(Math.max(...days));
        else {
          expect(inputAt(entry, change - 1)).toBe(inputAt(entry, at));
          expect(inputAt(entry, change)).not.toBe(inputAt(entry, at));
        }
      }),
    );
  });

  test('has none before the first begins, in a gap, and after the last has ended', () => {
    const entry = [one(1, { from: dayOf(1), until: dayOf(2) }), one(3, { from: dayOf(3), until: dayOf(4) })];
    const at = (days: number) => inputAt(entry, FIRST + days * DAY_MS);
    expect([0, 1, 1.99, 2, 3, 4].map(at)).toEqual([null, 1, 1, null, 3, null]);
  });

  test('may change in the middle of a day', () => {
    const entry = [one(1), one(2, { from: '2026-02-05T16:00:00Z' })];
    expect(inputAt(entry, Date.parse('2026-02-05T15:59:59Z'))).toBe(1);
    expect(inputAt(entry, Date.parse('2026-02-05T16:00:00Z'))).toBe(2);
  });

  test.each<[string, OnePriceEntry[], string]>([
    ['begin at one moment', [one(1, { from: dayOf(1) }), one(2, { from: dayOf(1) })], '[0].from: another price'],
    ['always held', [one(1), one(2)], '[0].from: another price'],
    ['overlap', [one(1, { until: dayOf(3) }), one(2, { from: dayOf(2) })], '[0].until: the next price'],
    ['end before they begin', [one(1, { from: dayOf(2), until: dayOf(2) })], '[0].until: must be later'],
  ])('is refused where two of it %s', (_name, entry, message) => {
    expect(() => resolvePrices(entry, ['price'])).toThrow(`price${message}`);
  });
});

test('one price without dates holds always', () => {
  const prices = resolvePrices(one(7), []);
  expect(priceAt(prices, 0)?.input).toBe(7_000_000n);
  expect(nextChange(prices, 0)).toBe(Number.POSITIVE_INFINITY);
});
