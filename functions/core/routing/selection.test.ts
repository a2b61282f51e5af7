import { describe, expect, test } from '@jest/globals';
import { makeEndpoint, somePrice } from '../../../test/support/make-endpoint.ts';
import { noPreferences } from '../../../test/support/no-preferences.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { type Needs, outputWithin, type ProviderPreferences, selectEndpoints } from './selection.ts';

const preferences: ProviderPreferences = noPreferences;
const needs: Needs = {
  capabilities: new Set(),
  input: { textBytes: 400, estimatedTokens: 100, pieces: 1, images: 0, opaque: false },
  maxOutputTokens: 1_000,
  choices: 1,
  allowedRegions: null,
  preferences,
  profile: 'balanced',
};

/** Why an endpoint may not serve a request; null where it may. */
function refusal(endpoint: Partial<Endpoint>, wanted: Partial<Needs>, preferred: Partial<ProviderPreferences> = {}) {
  const all = { ...needs, ...wanted, preferences: { ...preferences, ...preferred } };
  return selectEndpoints([makeEndpoint(endpoint)], all).excluded[0]?.reason ?? null;
}

describe('what an input cannot have is not held for:', () => {
  const candidate = (format: Endpoint['format'], changes: Partial<Needs['input']>) =>
    selectEndpoints([makeEndpoint({ format })], { ...needs, input: { ...needs.input, ...changes } }).candidates[0];

  test('audio, where none was sent', () => {
    expect(candidate('chat', { opaque: false })?.silent).toBe(true);
    expect(candidate('chat', { opaque: true })?.silent).toBe(false);
  });

  test('what is written to a cache, where the format has to be asked for it and was not', () => {
    expect(candidate('messages', { cacheMarked: false })?.uncached).toBe(true);
    expect(candidate('converse', { cacheMarked: false })?.uncached).toBe(true);
    expect(candidate('messages', { cacheMarked: true })?.uncached).toBe(false);
    expect(candidate('messages', {})?.uncached).toBe(false);
    expect(candidate('chat', { cacheMarked: false })?.uncached).toBe(false);
  });
});

describe('an endpoint may not serve', () => {
  test('from a region that is not allowed, nor from none at all', () => {
    const allowedRegions = ['asia-south1', 'ap-south-1'];
    expect(refusal({ region: 'us-central1' }, { allowedRegions })).toBe('region');
    expect(refusal({ region: null }, { allowedRegions })).toBe('region');
    expect(refusal({ region: 'ap-south-1' }, { allowedRegions })).toBeNull();
    expect(refusal({ region: 'us-central1' }, { allowedRegions: null })).toBeNull();
  });

  test('if it keeps what it is sent and its caller forbids that', () => {
    expect(refusal({ collectsData: true }, {}, { allowDataCollection: false })).toBe('data_collection');
    expect(refusal({ collectsData: false }, {}, { allowDataCollection: false })).toBeNull();
    expect(refusal({ collectsData: true }, {}, { allowDataCollection: true })).toBeNull();
  });

  test('at more than the most that its caller pays for a token, in or out', () => {
    const { input, output } = somePrice;
    expect(refusal({}, {}, { maxInputPrice: input - 1n })).toBe('max_price');
    expect(refusal({}, {}, { maxOutputPrice: output - 1n })).toBe('max_price');
    expect(refusal({}, {}, { maxInputPrice: input, maxOutputPrice: output })).toBeNull();
  });

  test('if it cannot do what is asked', () => {
    expect(refusal({ capabilities: new Set() }, { capabilities: new Set(['tools']) })).toBe('capability');
    expect(refusal({ contextLength: 79 }, {})).toBe('context_length');
    const apart = (longest: number) => ({ input: { ...needs.input, apart: { count: 10, longest } } });
    expect(refusal({ contextLength: 20 }, apart(25))).toBeNull();
    expect(refusal({ contextLength: 20 }, apart(26))).toBe('context_length');
    expect(refusal({ contextLength: 80 }, {})).toBeNull();
  });

  test('if its caller wants other providers', () => {
    expect(refusal({ provider: 'acme' }, {}, { only: ['other'] })).toBe('provider');
    expect(refusal({ provider: 'acme' }, {}, { ignore: ['ACME'] })).toBe('provider');
    expect(refusal({ provider: 'acme' }, {}, { order: ['other'], allowFallbacks: false })).toBe('provider');
    expect(refusal({ provider: 'acme' }, {}, { order: ['other'] })).toBeNull();
  });
});

describe('a limit of the output', () => {
  const small = makeEndpoint({ id: 'small', maxOutputTokens: 400 });
  const large = makeEndpoint({ id: 'large', maxOutputTokens: 900 });
  const limits = (endpoints: Endpoint[], wanted: Partial<Needs>) =>
    selectEndpoints(endpoints, { ...needs, ...wanted }).candidates.map(({ endpoint, outputTokens }) => [
      endpoint.id,
      outputTokens,
    ]);

  test('that no endpoint reaches becomes what the best of them can', () => {
    expect(limits([small, large], { maxOutputTokens: 32_000 })).toEqual([['large', 900]]);
    expect(limits([small], { maxOutputTokens: 32_000 })).toEqual([['small', 400]]);
  });

  test('leaves out those that write less, where others do not', () => {
    const { excluded } = selectEndpoints([small, large], { ...needs, maxOutputTokens: 500 });
    expect(excluded).toEqual([{ endpoint: small, reason: 'max_tokens' }]);
    expect(limits([small, large], { maxOutputTokens: 300 })).toEqual([
      ['small', 300],
      ['large', 300],
    ]);
  });

  test('is not measured by endpoints that may not serve the request', () => {
    const elsewhere = makeEndpoint({ id: 'elsewhere', maxOutputTokens: 32_000, collectsData: true });
    const wanted = { maxOutputTokens: 32_000, preferences: { ...preferences, allowDataCollection: false } };
    expect(limits([small, elsewhere], wanted)).toEqual([['small', 400]]);
  });

  test('leaves room for the input, where the model may write all of its context', () => {
    const open = makeEndpoint({ id: 'open', contextLength: 8_000, maxOutputTokens: 8_000 });
    const input = { ...needs.input, textBytes: 400 };
    const [[, most = 0] = []] = limits([open], { maxOutputTokens: null, input }) as [string, number][];
    expect(most).toBeLessThan(8_000 - 400);
    expect(most).toBeGreaterThan(4_000);
    // Of a long input the bound says little.
    expect(limits([open], { maxOutputTokens: null, input: { ...input, opaque: true } })).toEqual([['open', 4_000]]);
  });

  test('may be measured by more endpoints than those to choose from', () => {
    const wanted = { ...needs, maxOutputTokens: 800 };
    expect(selectEndpoints([small], wanted, outputWithin([small, large], wanted)).excluded).toEqual([
      { endpoint: small, reason: 'max_tokens' },
    ]);
  });
});
