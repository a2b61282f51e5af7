import { describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { HALF_LIFE_MS, nothingMeasured, toFigures } from '../health/figures.ts';
import { doubt, EXPLORE_AGE_MS, EXPLORE_SHARE, EXPLORE_WITHIN, PROBE_SHARE, pickExplored } from './explore.ts';
import type { Ranked } from './ranked.ts';

const NOW = 1_000_000;
/** Within the share of requests that explore. */
const LUCKY = 1 - EXPLORE_SHARE;

function ranked(id: string, score: number, hope: number, ageMs: number | null): Ranked {
  const endpoint = makeEndpoint({ id });
  const measured = ageMs === null ? null : { ...nothingMeasured(NOW), sampledAt: NOW - ageMs };
  return {
    candidate: { endpoint, inputTokens: 1, outputTokens: 1, choices: 1 },
    cost: 1n,
    latencyMs: 1,
    figures: toFigures(measured, endpoint.expected, NOW),
    standing: { state: 'closed', admits: 'all', reason: null, until: null },
    score,
    hope,
  };
}
const best = ranked('best', 2, 2, 0);
const old = ranked('old', 3, 1.5, EXPLORE_AGE_MS + 1);

/** `chances` are drawn in turn. */
function explored(others: Ranked[], ...chances: number[]): string | null {
  const random = () => chances.shift() ?? 0;
  return pickExplored([best, ...others], { now: () => NOW, random })?.candidate.endpoint.id ?? null;
}

describe('exploring', () => {
  test('takes an endpoint whose figures are old and that may be the best by now', () => {
    expect(explored([old], LUCKY)).toBe('old');
  });

  test('is the share of few requests', () => {
    expect(explored([old], LUCKY - 0.001)).toBeNull();
  });

  test.each([
    ['was asked a moment ago', ranked('x', 3, 1.5, EXPLORE_AGE_MS)],
    ['is too dear, however fast it may be', ranked('x', 9, 2 * EXPLORE_WITHIN + 0.1, EXPLORE_AGE_MS + 1)],
  ])('leaves out one that %s', (_name, other) => {
    expect(explored([other], LUCKY)).toBeNull();
  });

  test('takes one that waits for its probe ten times as often', () => {
    const probing = { ...old, standing: { ...old.standing, admits: 'probe' as const } };
    expect(explored([probing], 1 - PROBE_SHARE)).toBe('old');
    expect(explored([probing], 1 - PROBE_SHARE - 0.001)).toBeNull();
  });

  test('takes one that nobody ever asked', () => {
    expect(explored([ranked('new', 3, 1.5, null)], LUCKY)).toBe('new');
  });

  test('takes one that seems eleven times as bad a tenth as often', () => {
    const bad = ranked('bad', 22, 1.5, EXPLORE_AGE_MS + 1);
    expect(explored([bad], LUCKY, 0, 0.099)).toBe('bad');
    expect(explored([bad], LUCKY, 0, 0.101)).toBeNull();
  });
});

test('what was measured is doubted the more the older it is', () => {
  expect([0, HALF_LIFE_MS, 2 * HALF_LIFE_MS].map((age) => doubt(NOW - age, NOW))).toEqual([1, 0.5, 0.25]);
  expect(doubt(null, NOW)).toBe(0);
});
