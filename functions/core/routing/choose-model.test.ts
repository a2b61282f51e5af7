import { describe, expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { type ModelFigures, modelWeights, neededQuality, rankModels } from './choose-model.ts';
import type { Profile } from './weights.ts';

const profiles = Object.keys(modelWeights) as Profile[];
const noShares = { code: 0, reasoning: 0, multilingual: 0 };
const easy = { difficulty: 0, shares: noShares };
const hard = { difficulty: 0.9, shares: noShares };

/** A model that is equally good at everything; `cost` in millionths of a dollar. */
function model(id: string, quality: number, cost: number, latencyMs = 2_000): ModelFigures {
  return {
    id,
    quality: { general: quality, code: quality, reasoning: quality, multilingual: quality },
    cost: BigInt(cost) * 1_000_000n,
    latencyMs,
  };
}

const tiny = model('tiny', 20, 50, 500);
const small = model('small', 50, 200, 1_000);
const middle = model('middle', 70, 1_000, 4_000);
const strong = model('strong', 94, 10_000, 8_000);
const some = [strong, tiny, middle, small];

const best = (models: ModelFigures[], demands: typeof easy, profile: Profile) =>
  rankModels(models, demands, profile)[0]?.figures.id;

describe('the best of a tiny, a small, a middling and a strong model', () => {
  test.each<[Profile, string, string]>([
    ['balanced', 'small', 'strong'],
    ['cost_first', 'small', 'small'],
    ['latency_first', 'small', 'middle'],
    ['quality_first', 'strong', 'strong'],
  ])('%s: %s for an easy request, %s for a hard one', (profile, forEasy, forHard) => {
    expect([best(some, easy, profile), best(some, hard, profile)]).toEqual([forEasy, forHard]);
  });
});

test('the score is the sum of parts that can be worked out by hand', () => {
  const [first, second] = rankModels([model('a', 60, 4, 800), model('b', 30, 16, 1_600)], easy, 'balanced');
  // Two doublings of the cost over a millionth of a dollar, two of the latency over 200 ms.
  expect(first).toMatchObject({ score: 7, parts: { quality: 15, shortfall: 0, cost: -6, latency: -2 } });
  // Ten points short of 40.
  expect(second).toMatchObject({ score: -27.5, parts: { quality: 7.5, shortfall: -20, cost: -12, latency: -3 } });
});

test('the harder a request, the more quality it needs', () => {
  for (const profile of profiles) expect(neededQuality(1, profile)).toBeGreaterThan(neededQuality(0, profile));
});

test('for code counts what a model can do in code', () => {
  const generalist = model('generalist', 70, 100);
  const coder = { ...model('coder', 65, 100), quality: { ...model('coder', 65, 100).quality, code: 90 } };
  expect(best([generalist, coder], easy, 'quality_first')).toBe('generalist');
  expect(best([generalist, coder], { ...easy, shares: { ...noShares, code: 1 } }, 'quality_first')).toBe('coder');
});

test('of equals the cheapest is chosen, of those the first by id', () => {
  expect(best([model('c', 80, 300), model('b', 80, 200), model('a', 80, 200)], easy, 'quality_first')).toBe('a');
});

test.each(profiles)('what has no quality comes after everything that has some: %s', (profile) => {
  const echo = model('echo', 0, 0, 1);
  const awful = model('awful', 1, 1_000_000, 600_000);
  expect(best([echo, awful], hard, profile)).toBe('awful');
  expect(best([echo], hard, profile)).toBe('echo');
});

test('nothing to choose from is nothing chosen', () => {
  expect(rankModels([], hard, 'balanced')).toEqual([]);
});

describe('for any models', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const demands = fc.record({
    difficulty: share,
    shares: fc.record({ code: share, reasoning: share, multilingual: share }),
  });
  const quality = fc.integer({ min: 0, max: 100 });
  const models = fc.uniqueArray(
    fc.record({
      id: fc.string({ minLength: 1, maxLength: 5 }),
      quality: fc.record({ general: quality, code: quality, reasoning: quality, multilingual: quality }),
      cost: fc.bigInt({ min: 0n, max: 10n ** 14n }),
      latencyMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
    }),
    { selector: ({ id }) => id, minLength: 1, maxLength: 8 },
  );
  const ids = (of: ModelFigures[], wanted: typeof easy, profile: Profile) =>
    rankModels(of, wanted, profile).map(({ figures }) => figures.id);

  test('all of them are ranked, with finite scores, in whatever order they come', () => {
    fc.assert(
      fc.property(models, demands, fc.constantFrom(...profiles), (any, wanted, profile) => {
        const ranked = rankModels(any, wanted, profile);
        for (const { score, parts } of ranked) {
          expect(Number.isFinite(score)).toBe(true);
          const sum = parts.quality + parts.shortfall + parts.cost + parts.latency;
          expect(score).toBeCloseTo(sum, 6);
        }
        expect(ids([...any].reverse(), wanted, profile)).toEqual(ranked.map(({ figures }) => figures.id));
      }),
    );
  });

  test('one model less does not change the order of the others', () => {
    fc.assert(
      fc.property(models, demands, fc.constantFrom(...profiles), (any, wanted, profile) => {
        const [first, ...others] = any;
        expect(ids(others, wanted, profile)).toEqual(ids(any, wanted, profile).filter((id) => id !== first?.id));
      }),
    );
  });

  test('a better, cheaper and faster model is never ranked lower', () => {
    fc.assert(
      fc.property(models, demands, fc.constantFrom(...profiles), (any, wanted, profile) => {
        const [first] = any;
        if (first === undefined) return;
        const { code, reasoning, multilingual, general } = first.quality;
        const up = (value: number) => Math.min(100, value + 1);
        const better = {
          id: `${first.id}+`,
          quality: { general: up(general), code: up(code), reasoning: up(reasoning), multilingual: up(multilingual) },
          cost: first.cost / 2n,
          latencyMs: first.latencyMs / 2,
        };
        const order = ids([first, better], wanted, profile);
        // Where nothing tells them apart but the id, either may come first.
        if (better.cost < first.cost) expect(order[0]).toBe(better.id);
      }),
    );
  });
});
