import { expect, test } from '@jest/globals';
import { type BriefDecision, briefDecision, MAX_BRIEF_BYTES } from './brief-decision.ts';
import type { Decision, DecisionCandidate } from './decision.ts';

const candidate = (endpoint: string, rank: number | null, excluded: string | null = null) =>
  ({
    endpoint,
    rank,
    excluded,
    score: rank === null ? null : 0.1234,
    expected_cost_usd: rank === null ? null : '0.000012',
    expected_latency_ms: rank === null ? null : 1_234,
  }) as DecisionCandidate;
const decision = (candidates: DecisionCandidate[], more: Partial<Decision> = {}) =>
  ({ weight_profile: 'balanced', sort: null, explored: null, session: null, candidates, ...more }) as Decision;
const read = (text: string) => JSON.parse(text) as BriefDecision;

test('endpoints are in the order of trying, those left out with their reason', () => {
  const text = briefDecision(decision([candidate('b', 2), candidate('c', null, 'region'), candidate('a', 1)]));
  expect(read(text)).toEqual({
    profile: 'balanced',
    order: [
      ['a', 0.1234, '0.000012', 1_234],
      ['b', 0.1234, '0.000012', 1_234],
    ],
    out: [['c', 'region']],
    of: [2, 1],
  });
  expect(read(briefDecision(decision([], { sort: 'price', explored: 'a' })))).toMatchObject({
    sort: 'price',
    explored: 'a',
  });
  const session = { endpoint: 'a', stay: 'kept', cached_tokens: 2_000 } as const;
  expect(read(briefDecision(decision([], { session })))).toMatchObject({ session: ['a', 'kept', 2_000] });
});

test.each(['endpoint', 'Endpunkt/größer/als/sonst'])(
  'however many there are, it has at most so many bytes: %s',
  (name) => {
    const many = Array.from({ length: 40 }, (_, n) => candidate(`${name}-${n}`, n < 20 ? n + 1 : null, 'capability'));
    const text = briefDecision(decision(many));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_BRIEF_BYTES);
    expect(read(text).of).toEqual([20, 20]);
    expect(read(text).order[0]?.[0]).toBe(`${name}-0`);
    expect(read(text).order.length).toBeGreaterThan(3);
  },
);
