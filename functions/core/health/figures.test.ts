import { describe, expect, test } from '@jest/globals';
import {
  countedSince,
  fromFailure,
  fromSample,
  type Measured,
  MOST_WEIGHT,
  merged,
  RESTART_WEIGHT,
  STALE_AFTER_MS,
  STALE_WEIGHT,
  toFigures,
  withWeightUpTo,
} from './figures.ts';

const expected = { firstTokenMs: 500, tokensPerSecond: 100 };
const known = toFigures(null, expected, 0);

/** So many answers at one moment, each with this time to its first token. */
function answers(firstTokenMs: number, count: number, at: number): Measured {
  const one = fromSample({ firstTokenMs, totalMs: firstTokenMs + 1_000, outputTokens: 101 }, known, at);
  return Array.from({ length: count - 1 }).reduce<Measured>((all) => merged(all, one), one);
}
const firstTokenOf = (measured: Measured) => Math.round(toFigures(measured, expected, measured.at).firstTokenMs);

describe('figures', () => {
  test('of both are their mean, weighed by how many answers each stands on', () => {
    expect(firstTokenOf(merged(answers(400, 3, 1_000), answers(800, 1, 1_000)))).toBe(500);
  });

  test.each([
    ['faster', 1_000, 200],
    ['slower', 200, 1_000],
  ] as const)('of long ago count little beside an answer that is %s', (is, before, after) => {
    const later = merged(answers(before, 40, 1_000), answers(after, 1, 1_000 + STALE_AFTER_MS + 1));
    const weight = STALE_WEIGHT[is];
    expect(firstTokenOf(later)).toBe(Math.round((before * weight + after) / (weight + 1)));
  });

  test('of a moment ago count in full', () => {
    const later = merged(answers(1_000, 40, 1_000), answers(200, 1, 1_000 + STALE_AFTER_MS));
    expect(firstTokenOf(later)).toBeGreaterThan(900);
  });

  test('never weigh more than so many answers, so that a change is seen', () => {
    const much = withWeightUpTo(answers(1_000, 1_000, 1_000), MOST_WEIGHT);
    expect(much.firstTokenMs.weight).toBe(MOST_WEIGHT);
    expect(firstTokenOf(merged(much, answers(200, MOST_WEIGHT, 1_000)))).toBe(600);
  });

  test('after an outage begin anew: failures are forgotten, times are a hint', () => {
    const before = merged(answers(1_000, 40, 1_000), fromFailure(1_000));
    const after = countedSince(before, 2_000);
    expect(after).toMatchObject({ attempts: 0, failures: 0, since: 2_000 });
    expect(after.firstTokenMs).toEqual({ value: 1_000, weight: RESTART_WEIGHT });
  });
});
