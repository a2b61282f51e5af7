import { describe, expect, test } from '@jest/globals';
import { makeEndpoint, somePrice } from '../../../test/support/make-endpoint.ts';
import { noPreferences } from '../../../test/support/no-preferences.ts';
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
const probing: Standing = { state: 'half_open', admits: 'probe', reason: 'failures_in_a_row', until: 900 };
const open: Standing = { state: 'open', admits: 'none', reason: 'failures_in_a_row', until: 9_000 };

/** Each is named for its provider; its price is so many times the usual one. */
const candidate = (provider: string, times: number): Candidate => ({
  endpoint: makeEndpoint({
    id: `${provider}/large`,
    provider,
    price: {
      ...somePrice,
      input: (somePrice.input * BigInt(Math.round(times * 100))) / 100n,
      output: (somePrice.output * BigInt(Math.round(times * 100))) / 100n,
    },
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
  probeAt?: string;
  /** The provider that the session is at, and the tokens that it is expected to have cached. */
  home?: [provider: string, cachedTokens: number];
  /** The providers' prices, where they are not the usual ones. */
  times?: Record<string, number>;
  random?: () => number;
}

function rank({ preferences = {}, figuresOf = {}, openAt, probeAt, home, times, random = () => 0.5 }: Scene) {
  const standings = new Map([
    [openAt, open],
    [probeAt, probing],
  ]);
  const candidates = times === undefined ? three : Object.entries(times).map((each) => candidate(...each));
  const needs: Needs = {
    capabilities: new Set(),
    input: { textBytes: 4_000, estimatedTokens: 1_000, pieces: 1, images: 0, opaque: false },
    maxOutputTokens: 500,
    choices: 1,
    allowedRegions: null,
    preferences: { ...noPreferences, ...preferences },
    profile: 'balanced',
  };
  const view: View = {
    region: 'asia-south1',
    now: () => 1_000,
    random,
    figures: ({ provider }) => ({ ...figures, ...figuresOf[provider] }),
    standing: ({ provider }) => standings.get(provider) ?? closed,
  };
  const bound = home === undefined ? null : { endpointId: `${home[0]}/large`, cachedTokens: home[1] };
  const { order, heldBack, session, explored } = rankCandidates(candidates, needs, view, bound);
  const names = (of: typeof order) => of.map((ranked) => ranked.candidate.endpoint.provider);
  return { order: names(order), heldBack: names(heldBack), stay: session?.stay, explored, first: order[0] };
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
    expect(rank({ openAt: 'cheap' })).toMatchObject({ order: ['middling', 'dear'], heldBack: ['cheap'] });
  });
});

test('whoever sorts by speed gets the quickest first', () => {
  const figuresOf = { middling: { firstTokenMs: 200 }, dear: { tokensPerSecond: 300 } };
  expect(rank({ figuresOf, preferences: { sort: 'latency' } }).order[0]).toBe('middling');
  expect(rank({ figuresOf, preferences: { sort: 'throughput' } }).order[0]).toBe('dear');
});

describe('a session', () => {
  const twins = { one: 1, other: 1 };

  test('stays where it was, whichever of those that are as good chance would take', () => {
    for (const random of [() => 0, () => 0.5, () => 0.899]) {
      expect(rank({ times: twins, home: ['other', 0], random })).toMatchObject({
        order: ['other', 'one'],
        stay: 'kept',
      });
      expect(rank({ times: twins, home: ['one', 0], random })).toMatchObject({ order: ['one', 'other'], stay: 'kept' });
    }
    expect(rank({ times: twins, random: () => 0.899 }).order).toEqual(['other', 'one']);
  });

  test('leaves an endpoint that is worse by more than chance, unless its cache makes up for that', () => {
    const times = { one: 1, other: 1.4 };
    expect(rank({ times, home: ['other', 0] })).toMatchObject({ order: ['one', 'other'], stay: 'score' });
    expect(rank({ times, home: ['other', 1_000] })).toMatchObject({ order: ['other', 'one'], stay: 'kept' });
    const near = { one: 1, other: 1.04 };
    expect(rank({ times: near, home: ['other', 0] })).toMatchObject({ order: ['other', 'one'], stay: 'kept' });
  });

  test('has what is cached counted in the cost of its endpoint, and of no other', () => {
    const cached = rank({ times: twins, home: ['one', 1_000] });
    const full = rank({ times: twins });
    expect((full.first?.cost ?? 0n) - (cached.first?.cost ?? 0n)).toBe(
      1_000n * (somePrice.input - somePrice.cacheRead),
    );
    expect(rank({ times: twins, home: ['none', 1_000] }).first?.cost).toBe(full.first?.cost);
  });

  test('leaves one that has become slow, however much it has cached', () => {
    const figuresOf = { one: { firstTokenMs: 60_000 } };
    expect(rank({ times: twins, figuresOf, home: ['one', 1_000] })).toMatchObject({
      order: ['other', 'one'],
      stay: 'score',
    });
  });

  test.each(['openAt', 'probeAt'] as const)('leaves one whose breaker does not let all pass: %s', (at) => {
    const { order, stay } = rank({ times: twins, home: ['one', 1_000], [at]: 'one', random: () => 0.7 });
    expect([order[0], stay]).toEqual(['other', 'breaker']);
  });

  test('changes nothing of what its caller says', () => {
    const home: Scene['home'] = ['one', 1_000];
    expect(rank({ times: twins, home, preferences: { order: ['other'] } })).toMatchObject({
      order: ['other', 'one'],
      stay: 'order',
    });
    const sorted = rank({ times: { one: 1.1, other: 1 }, home, preferences: { sort: 'price' } });
    expect(sorted).toMatchObject({ order: ['other', 'one'], stay: undefined });
  });

  test('stays where it was if that is what its caller names first', () => {
    const preferences = { order: ['three', 'one'] };
    expect(rank({ times: { ...twins, three: 1 }, home: ['other', 0], preferences }).stay).toBe('order');
    expect(rank({ times: { ...twins, three: 1 }, home: ['three', 0], preferences }).stay).toBe('kept');
  });

  test('says where its endpoint cannot serve the request, and where another is explored', () => {
    expect(rank({ times: twins, home: ['none', 0] }).stay).toBe('excluded');
    const figuresOf = { other: { sampledAt: -60_000 } };
    const explored = rank({ times: twins, figuresOf, home: ['one', 0], random: () => 0.995 });
    expect(explored).toMatchObject({ order: ['other', 'one'], stay: 'explored', explored: 'other/large' });
  });
});
