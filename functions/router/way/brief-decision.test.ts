import { expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import type { Model } from '../../catalogue/catalogue.ts';
import type { Ranked } from '../../core/routing/ranked.ts';
import type { Ranking } from '../../core/routing/ranking.ts';
import type { Needs } from '../../core/routing/selection.ts';
import { type BriefDecision, briefDecision, MAX_BRIEF_BYTES } from './brief-decision.ts';
import type { ModelChoice } from './decision.ts';

const endpointOf = (id: string) => ({ ...makeEndpoint(), id });
const ranked = (id: string, state = 'closed') =>
  ({
    candidate: { endpoint: endpointOf(id) },
    score: 0.12344,
    cost: 12_000_000n,
    latencyMs: 1_233.6,
    standing: { state },
  }) as unknown as Ranked;
const needs = (sort: string | null = null) => ({ profile: 'balanced', preferences: { sort } }) as Needs;

/** Of one model. */
function choice(order: string[], out: string[] = [], more: Partial<Ranking> = {}): ModelChoice {
  const selection = {
    candidates: [],
    excluded: out.map((id) => ({ endpoint: endpointOf(id), reason: 'region' as const })),
  };
  const ranking = { order: order.map((id) => ranked(id)), heldBack: [], explored: null, session: null, ...more };
  return { model: {} as Model, selection, ranking };
}
const read = (text: string) => JSON.parse(text) as BriefDecision;

test('endpoints are in the order of trying, those left out with their reason', () => {
  const choices = [choice(['a'], ['c'], { heldBack: [ranked('d', 'open')] }), choice(['b'], ['e'])];
  expect(read(briefDecision(needs(), choices))).toEqual({
    profile: 'balanced',
    order: [
      ['a', 0.1234, '0.000012', 1_234],
      ['b', 0.1234, '0.000012', 1_234],
    ],
    out: [
      ['d', 'breaker_open'],
      ['c', 'region'],
      ['e', 'region'],
    ],
    of: [2, 3],
  });
  const session = { endpointId: 'a', stay: 'kept', cachedTokens: 2_000 } as unknown as Ranking['session'];
  expect(read(briefDecision(needs('price'), [choice([], [], { explored: 'a', session })]))).toEqual({
    profile: 'balanced',
    sort: 'price',
    explored: 'a',
    session: ['a', 'kept', 2_000],
    order: [],
    out: [],
    of: [0, 0],
  });
});

test.each(['endpoint', 'Endpunkt/größer/als/sonst'])(
  'however many there are, it has at most so many bytes: %s',
  (name) => {
    const many = Array.from({ length: 20 }, (_, n) => `${name}-${n}`);
    const text = briefDecision(needs(), [choice(many, many)]);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_BRIEF_BYTES);
    expect(read(text).of).toEqual([20, 20]);
    expect(read(text).order[0]?.[0]).toBe(`${name}-0`);
    expect(read(text).order.length).toBeGreaterThan(3);
  },
);

test('where the order does not fit, nothing of what was left out stands behind it', () => {
  const many = Array.from({ length: 20 }, (_, n) => `an/endpoint/with/a/long/name-${n}`);
  const text = briefDecision(needs(), [choice(many, ['x'])]);
  expect(read(text)).toMatchObject({ out: [], of: [20, 1] });
});
