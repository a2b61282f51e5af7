import { describe, expect, test } from '@jest/globals';
import { makeEndpoint, somePrice } from '../../../test/support/make-endpoint.ts';
import type { Standing } from '../health/breaker-entry.ts';
import type { Figures } from '../health/figures.ts';
import type { Candidate } from './quote.ts';
import type { View } from './ranked.ts';
import { rankCandidates } from './ranking.ts';
import type { Needs, ProviderPreferences } from './selection.ts';

const figures: Figures = {
  firstTokenMs: 1_000,
  tokensPerSecond: 50,
  errorRate: 0,
  samples: 100,
  ratio: 1,
  sampledAt: 1_000,
};
const closed: Standing = { state: 'closed', admits: 'all', reason: null, until: null };
const open: Standing = { state: 'open', admits: 'none', reason: 'failures_in_a_row', until: 9_000 };

/** Each is named for its provider; its price is so many times the usual one. */
const candidate = (provider: string, times: number): Candidate => ({
  endpoint: makeEndpoint({
    id: `${provider}/large`,
    provider,
    price: { ...somePrice, input: somePrice.input * BigInt(times), output: somePrice.output * BigInt(times) },
  }),
  inputTokens: 1_000,
  outputTokens: 500,
  choices: 1,
});
const three = [candidate('dear', 9), candidate('cheap', 1), candidate('middling', 3)];

interface Scene {
  preferences?: Partial<ProviderPreferences>;
  figuresOf?: Record<string, Partial<Figures>>;
  openAt?: string;
}

function rank({ preferences = {}, figuresOf = {}, openAt }: Scene) {
  const needs: Needs = {
    capabilities: new Set(),
    input: { textBytes: 4_000, estimatedTokens: 1_000, pieces: 1, images: 0, opaque: false },
    maxOutputTokens: 500,
    choices: 1,
    allowedRegions: null,
    preferences: {
      order: [],
      only: null,
      ignore: [],
      allowFallbacks: true,
      sort: null,
      allowDataCollection: true,
      maxInputPrice: null,
      maxOutputPrice: null,
      ...preferences,
    },
    profile: 'balanced',
  };
  const view: View = {
    region: 'asia-south1',
    now: () => 1_000,
    random: () => 0.5,
    figures: ({ provider }) => ({ ...figures, ...figuresOf[provider] }),
    standing: ({ provider }) => (provider === openAt ? open : closed),
  };
  const { order, heldBack } = rankCandidates(three, needs, view);
  const names = (of: typeof order) => of.map((ranked) => ranked.candidate.endpoint.provider);
  return { order: names(order), heldBack: names(heldBack) };
}

describe('of equally quick endpoints', () => {
  test('the cheapest goes first and the dearest last', () => {
    expect(rank({}).order).toEqual(['cheap', 'middling', 'dear']);
    expect(rank({ preferences: { sort: 'price' } }).order).toEqual(['cheap', 'middling', 'dear']);
  });

  test('those that the caller names go before all others, in that order', () => {
    expect(rank({ preferences: { order: ['dear', 'middling'] } }).order).toEqual(['dear', 'middling', 'cheap']);
  });

  test('one that often fails goes behind dearer ones', () => {
    expect(rank({ figuresOf: { cheap: { errorRate: 0.9 } } }).order).toEqual(['middling', 'cheap', 'dear']);
  });

  test('one whose breaker is open is kept back', () => {
    expect(rank({ openAt: 'cheap' })).toEqual({ order: ['middling', 'dear'], heldBack: ['cheap'] });
  });
});

test('whoever sorts by speed gets the quickest first', () => {
  const figuresOf = { middling: { firstTokenMs: 200 }, dear: { tokensPerSecond: 300 } };
  expect(rank({ figuresOf, preferences: { sort: 'latency' } }).order[0]).toBe('middling');
  expect(rank({ figuresOf, preferences: { sort: 'throughput' } }).order[0]).toBe('dear');
});
