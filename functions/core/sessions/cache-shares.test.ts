import { expect, test } from '@jest/globals';
import { createCacheShares } from './cache-shares.ts';

test('an endpoint is believed until it is seen', () => {
  const shares = createCacheShares();
  expect(shares.expected('acme/large')).toBe(1);
  shares.note('acme/large', 0);
  expect(shares.expected('acme/large')).toBe(0.5);
  expect(shares.expected('bolt/large')).toBe(1);
});

test('the mean follows what an endpoint does lately', () => {
  const shares = createCacheShares();
  for (let n = 0; n < 1_000; n++) shares.note('acme/large', 0);
  expect(shares.expected('acme/large')).toBeLessThan(0.001);
  for (let n = 0; n < 100; n++) shares.note('acme/large', 1);
  expect(shares.expected('acme/large')).toBeGreaterThan(0.99);
});
