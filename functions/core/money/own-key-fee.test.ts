import { expect, test } from '@jest/globals';
import { feeOn, parseOwnKeyFee } from './own-key-fee.ts';
import type { Price } from './price.ts';

const prices = {
  input: 3_000_001n,
  output: 15_000_000n,
  cacheRead: 300_000n,
  cacheWrite: 3n,
  cacheWrite1h: 6n,
  inputAudio: 0n,
  reasoning: 15_000_000n,
};
const price: Price = { ...prices, request: 7n, tiers: [{ aboveInputTokens: 200_000, ...prices, input: 6_000_000n }] };

test('so much a request, and nothing for tokens, whatever the tier', () => {
  const fee = parseOwnKeyFee('0.0005');
  expect(fee).toEqual({ request: 500_000_000n });
  const nothing = {
    input: 0n,
    output: 0n,
    cacheRead: 0n,
    cacheWrite: 0n,
    cacheWrite1h: 0n,
    inputAudio: 0n,
    reasoning: 0n,
  };
  expect(feeOn(price, fee ?? { request: 0n })).toEqual({ ...nothing, request: 500_000_000n, tiers: [] });
});

test('a part of the price of each token, in each tier, rounded up', () => {
  const fee = parseOwnKeyFee('5%');
  expect(fee).toEqual({ hundredths: 500n });
  const charged = feeOn(price, fee ?? { request: 0n });
  expect(charged).toMatchObject({ input: 150_001n, output: 750_000n, cacheWrite: 1n, inputAudio: 0n, request: 1n });
  expect(charged.tiers[0]).toMatchObject({ aboveInputTokens: 200_000, input: 300_000n });
});

test.each(['', '-1', '5 %', '101%', '-1%', '1.001%', '0.0000000000001', 'free'])('%j is no fee', (text) =>
  expect(parseOwnKeyFee(text)).toBeNull(),
);
