import { describe, expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { MeshError } from '../errors.ts';
import { convert, inBothCurrencies, nanosToPicoUsd, parseRate, picoUsdToNanos } from './fx.ts';
import { divideUp, formatAmount, formatDecimal, MAX_AMOUNT, parseAmount, parseDecimal } from './money.ts';

const rate = { rate: 88_123_456n, asOf: '2026-11-20', source: 'test' };
const nanos = fc.bigInt({ min: 0n, max: MAX_AMOUNT });

describe('amounts', () => {
  test.each([
    ['1', 1_000_000_000n],
    ['12.5', 12_500_000_000n],
    ['0.000000001', 1n],
    ['1000000000', MAX_AMOUNT],
  ])('%s is read to the nano', (text, amount) => {
    expect(parseAmount(text, 'amount')).toBe(amount);
    expect(formatAmount(amount)).toBe(text);
  });

  test.each([
    '',
    '0',
    '-1',
    '0.0000000001',
    '1e3',
    '1,5',
    ' 1',
    '1.',
    '.5',
    '0x10',
    'NaN',
    '1000000000.000000001',
    '9'.repeat(30),
  ])('%j is refused, naming the field and never rounded', (text) => {
    expect(() => parseAmount(text, 'amount')).toThrow(MeshError);
    expect(() => parseAmount(text, 'amount')).toThrow(/^amount must be/);
  });

  test('every integer survives being written and read', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n - 1n }),
        (value) => parseDecimal(formatDecimal(value, 9), 9) === value,
      ),
    );
  });
});

describe('conversion', () => {
  test('a cost is rounded up once, and never to nothing', () => {
    expect(picoUsdToNanos(1n, 'USD', rate)).toBe(1n);
    expect(picoUsdToNanos(1_001n, 'USD', rate)).toBe(2n);
    expect(picoUsdToNanos(1_000n, 'INR', rate)).toBe(89n);
    expect(picoUsdToNanos(0n, 'INR', rate)).toBe(0n);
  });

  test('rounding up costs the owner less than a nano', () => {
    fc.assert(
      fc.property(nanos, (amount) => {
        const picoUsd = nanosToPicoUsd(amount, 'INR', rate);
        const back = picoUsdToNanos(picoUsd, 'INR', rate);
        expect(back <= amount + 1n).toBe(true);
        expect(divideUp(amount, 1n)).toBe(amount);
      }),
    );
  });

  test('a charge in both currencies keeps the owner’s amount and takes the other from the exact cost', () => {
    expect(inBothCurrencies(1n, 'USD', 1n, rate)).toEqual({ usd: 1n, inr: 1n });
    expect(inBothCurrencies(89n, 'INR', 1_000n, rate)).toEqual({ usd: 1n, inr: 89n });
    // Half of the cost was written off, so the exact cost says nothing about what was charged.
    expect(inBothCurrencies(500n, 'USD', 1_000_000n, rate).inr).toBe(convert(500n, 'USD', 'INR', rate));
  });

  test.each(['0', '-88', '88.1234567', 'x'])('%j is no rate', (text) => expect(parseRate(text)).toBeNull());
});
