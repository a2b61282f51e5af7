import { describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import type { Key } from '../access/key-cache.ts';
import { likelyTokens, rateScopes } from './rate-scopes.ts';

const noLimits = { rpm: null, rpd: null, tpm: null };
const key = (rates: Partial<Key['rates']>, ownerRates: Partial<Key['rates']>) =>
  ({
    id: 'key_a',
    ownerId: 'own_a',
    rates: { ...noLimits, ...rates },
    ownerRates: { ...noLimits, ...ownerRates },
  }) as Key;
const input = { textBytes: 400, estimatedTokens: 100, pieces: 1, images: 0, opaque: false };
const candidate = (outputTokens: number, choices = 1) => ({
  endpoint: makeEndpoint(),
  inputTokens: 500,
  outputTokens,
  choices,
});

test('a request counts against its key and its owner, each by its own limits', () => {
  expect(rateScopes(key({ rpm: 5 }, { rpm: 50, tpm: 9_000 }))).toEqual([
    { id: 'key|key_a', limits: { ...noLimits, rpm: 5 } },
    { id: 'owner|own_a', limits: { ...noLimits, rpm: 50, tpm: 9_000 } },
  ]);
});

describe('the tokens that a request is likely to take', () => {
  const answers = { expected: () => 250 };

  test('are its input and an answer as long as the last ones, or as long as it may be', () => {
    expect(likelyTokens([candidate(64_000), candidate(200)], key({}, {}), input, answers)).toBe(100 + 250);
    expect(likelyTokens([candidate(200), candidate(10)], key({}, {}), input, answers)).toBe(100 + 200);
    expect(likelyTokens([candidate(64_000, 3)], key({}, {}), input, answers)).toBe(100 + 3 * 250);
  });

  test('are no more than the smaller of both limits, which a request alone may use', () => {
    expect(likelyTokens([candidate(64_000)], key({ tpm: 5_000 }, { tpm: 300 }), input, answers)).toBe(300);
  });

  test('are too many where the input alone is', () => {
    expect(likelyTokens([candidate(300)], key({ tpm: 99 }, {}), input, answers)).toBeGreaterThan(99);
    expect(likelyTokens([candidate(300)], key({ tpm: 100 }, {}), input, answers)).toBe(100);
  });
});
