import { expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { somePrice } from '../../../test/support/make-endpoint.ts';
import { costOf, costUpperBound, formatPrice, type Price, parsePrice } from './price.ts';
import { noUsage, type Usage } from './usage.ts';

const usageOf = (parts: Partial<Usage>): Usage => ({ ...noUsage, ...parts });
const tiered: Price = {
  ...somePrice,
  tiers: [{ ...somePrice, input: 6_000_000n, output: 22_500_000n, aboveInputTokens: 200_000 }],
};

test.each([
  ['3', 3_000_000n],
  ['0.075', 75_000n],
  ['0', 0n],
])('%s USD per million tokens is exact', (text, picoUsd) => {
  expect(parsePrice(text)).toBe(picoUsd);
  expect(formatPrice(picoUsd)).toBe(text);
});

test.each(['-1', '0.0000001', '1e2', 'free', ''])('%j is no price', (text) => expect(parsePrice(text)).toBeNull());

test('a plain answer costs its tokens', () => {
  expect(costOf(usageOf({ input: 1_000, output: 100 }), somePrice)).toBe(1_000n * 3_000_000n + 100n * 15_000_000n);
});

test('cached, cache-write and reasoning tokens are parts of the totals, never added on top', () => {
  const usage = usageOf({
    input: 1_000,
    cacheRead: 600,
    cacheWrite: 300,
    cacheWrite1h: 50,
    output: 100,
    reasoning: 40,
  });
  const cost = 50n * 3_000_000n + 600n * 300_000n + 300n * 3_750_000n + 50n * 6_000_000n + 100n * 15_000_000n;
  expect(costOf(usage, somePrice)).toBe(cost);
});

test('a cached token is not charged at the full price as well', () => {
  expect(costOf(usageOf({ input: 10, cacheRead: 10 }), somePrice)).toBe(10n * 300_000n);
});

test('parts that add up to more than their total make no negative cost', () => {
  expect(costOf(usageOf({ input: 5, cacheRead: 10, output: 1, reasoning: 9 }), somePrice)).toBe(
    10n * 300_000n + 9n * 15_000_000n,
  );
});

test('a long-context tier holds for the whole request, from one token above its edge', () => {
  expect(costOf(usageOf({ input: 200_000 }), tiered)).toBe(200_000n * 3_000_000n);
  expect(costOf(usageOf({ input: 200_001 }), tiered)).toBe(200_001n * 6_000_000n);
});

test('the bound is never below the cost, whatever the tokens turn out to be', () => {
  const count = fc.nat(300_000);
  fc.assert(
    fc.property(
      count,
      count,
      count,
      count,
      count,
      count,
      (input, output, cacheRead, cacheWrite, cacheWrite1h, reasoning) => {
        fc.pre(cacheRead + cacheWrite + cacheWrite1h <= input && reasoning <= output);
        const usage = usageOf({ input, output, cacheRead, cacheWrite, cacheWrite1h, reasoning });
        return costOf(usage, tiered) <= costUpperBound(input, output, tiered);
      },
    ),
  );
});

test('the bound of an input without audio, or of one that no cache keeps, leaves out what only those cost', () => {
  const price: Price = { ...somePrice, inputAudio: 9_000_000n };
  expect(costUpperBound(10, 0, price)).toBe(10n * 9_000_000n);
  expect(costUpperBound(10, 0, price, { silent: true })).toBe(10n * 6_000_000n);
  expect(costUpperBound(10, 0, price, { silent: true, uncached: true })).toBe(10n * 3_000_000n);
});

test('the bound has the dearest part of the input and of the output, and the price of the request itself', () => {
  const price: Price = { ...somePrice, reasoning: 20_000_000n, request: 7n };
  expect(costUpperBound(10, 3, price)).toBe(7n + 10n * 6_000_000n + 3n * 20_000_000n);
  expect(costOf(usageOf({ input: 10, cacheWrite1h: 10, output: 3, reasoning: 3 }), price)).toBe(
    costUpperBound(10, 3, price),
  );
});
