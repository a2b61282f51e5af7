import { describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import type { Key } from '../access/key-cache.ts';
import { limitByTokens, rateScopes } from './rate-scopes.ts';

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

describe('the tokens of a request', () => {
  test('are its input and the longest of the answers that it may get', () => {
    const candidates = [candidate(300), candidate(200, 3)];
    expect(limitByTokens(candidates, key({}, {}), input)).toEqual({ candidates, tokens: 700 });
  });

  test('are no more than the smaller of both limits leaves, and its answers no longer', () => {
    const limited = limitByTokens([candidate(300), candidate(200, 3)], key({ tpm: 5_000 }, { tpm: 400 }), input);
    expect(limited.tokens).toBe(400);
    expect(limited.candidates.map(({ outputTokens }) => outputTokens)).toEqual([300, 100]);
  });

  test('are too many where the input alone is', () => {
    expect(limitByTokens([candidate(300)], key({ tpm: 100 }, {}), input).tokens).toBe(101);
  });
});
