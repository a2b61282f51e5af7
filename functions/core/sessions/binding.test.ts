import { describe, expect, test } from '@jest/globals';
import { makeEndpoint, somePrice } from '../../../test/support/make-endpoint.ts';
import { noUsage, type Usage } from '../money/usage.ts';
import {
  type Binding,
  CACHE_HALF_LIFE_MS,
  CACHE_LIFE_MS,
  cachedTokens,
  isCacheCheap,
  LEAST_CACHED_TOKENS,
  servedAt as served,
} from './binding.ts';

const endpoint = makeEndpoint({ id: 'acme/large' });
const servedAt = (of: typeof endpoint, used: Usage, before: Binding | null, now: number, usual = 1) =>
  served(of, used, before, { expected: () => usual }, now);
const usage = (input: number, changes: Partial<Usage> = {}): Usage => ({ ...noUsage, input, output: 10, ...changes });
const bound = (changes: Partial<Binding> = {}): Binding => ({
  endpointId: 'acme/large',
  at: 1_000,
  movedAt: 500,
  inputTokens: 10_000,
  share: 1,
  ...changes,
});

test('a cache is cheap whose reads cost less than input', () => {
  expect(isCacheCheap(endpoint)).toBe(true);
  expect(isCacheCheap({ price: { ...somePrice, cacheRead: somePrice.input } })).toBe(false);
});

describe('what an answer says of a session', () => {
  test('it is where it was served, since it came there', () => {
    expect(servedAt(endpoint, usage(20_000), null, 2_000)).toMatchObject({ endpointId: 'acme/large', movedAt: 2_000 });
    expect(servedAt(endpoint, usage(20_000), bound(), 2_000)).toMatchObject({ movedAt: 500, at: 2_000 });
    expect(servedAt(endpoint, usage(20_000), bound({ endpointId: 'bolt/large' }), 2_000)).toMatchObject({
      endpointId: 'acme/large',
      movedAt: 2_000,
      inputTokens: 20_000,
      share: 1,
    });
  });

  test.each([
    ['all that it could', 10_000, 1],
    ['half', 5_000, 0.75],
    ['nothing', 0, 0.5],
  ])('one that read %s of what was there', (_what, cacheRead, share) => {
    expect(servedAt(endpoint, usage(20_000, { cacheRead }), bound(), 2_000).share).toBe(share);
  });

  test('what may have expired, or was too short to be kept, says nothing', () => {
    expect(servedAt(endpoint, usage(20_000), bound(), 1_001 + CACHE_LIFE_MS).share).toBe(1);
    expect(servedAt(endpoint, usage(LEAST_CACHED_TOKENS - 1), bound(), 2_000).share).toBe(1);
  });

  test('one that it has just come to is expected to do as with other sessions', () => {
    expect(servedAt(endpoint, usage(20_000), null, 2_000, 0.25).share).toBe(0.25);
    expect(servedAt(endpoint, usage(20_000), bound({ endpointId: 'bolt/large' }), 2_000, 0.25).share).toBe(0.25);
    expect(servedAt(endpoint, usage(20_000, { cacheRead: 10_000 }), bound(), 2_000, 0.25).share).toBe(1);
  });

  test('a provider that caches only when asked, and was not, has nothing', () => {
    const asked = makeEndpoint({ format: 'messages' });
    expect(servedAt(asked, usage(20_000), null, 0).share).toBe(0);
    expect(servedAt(asked, usage(20_000, { cacheWrite: 19_000 }), null, 0).share).toBe(1);
    expect(servedAt(asked, usage(20_000, { cacheWrite1h: 19_000 }), null, 0).share).toBe(1);
  });
});

describe('tokens that are expected to be cached', () => {
  test('are those of the last input, as far as it comes again', () => {
    expect(cachedTokens(bound(), 12_000, 1_000)).toBe(10_000);
    expect(cachedTokens(bound(), 8_000, 1_000)).toBe(8_000);
    expect(cachedTokens(bound({ inputTokens: Number.POSITIVE_INFINITY }), 8_000, 1_000)).toBe(8_000);
  });

  test('get fewer with time, and with what was not found of late', () => {
    expect(cachedTokens(bound(), 12_000, 1_000 + CACHE_HALF_LIFE_MS)).toBe(5_000);
    expect(cachedTokens(bound({ share: 0.25 }), 12_000, 1_000)).toBe(2_500);
  });

  test('are none where they are too few to be kept', () => {
    expect(cachedTokens(bound(), LEAST_CACHED_TOKENS - 1, 1_000)).toBe(0);
    expect(cachedTokens(bound(), LEAST_CACHED_TOKENS, 1_000)).toBe(LEAST_CACHED_TOKENS);
  });
});
