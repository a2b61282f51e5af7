import { expect, test } from '@jest/globals';
import { missedGoals } from '../sim/goals.ts';
import { scenarios } from '../sim/scenarios.ts';
import { MOST_MORE_REGRET, pairs, SESSION_TURNS, scenarioOf } from '../sim/session-scenarios.ts';
import { simulate } from '../sim/simulate.ts';

const SEED = 1;
const TIMEOUT_MS = 60_000;

/** The short form of `npm run sim:routing`: what is most likely to break. */
test.each(['steady-mixed', 'latency-changes', 'outage', 'outage-streams', 'brown-out'])(
  '%s meets all goals',
  async (name) => {
    const scenario = scenarios.find((each) => each.name === name);
    if (scenario === undefined) throw new Error(`There is no scenario ${name}.`);
    const result = await simulate(scenario, SEED);
    expect(missedGoals(result)).toEqual([]);
    expect(result.troubles).toBe(0);
  },
  TIMEOUT_MS,
);

/** The same of `npm run sim:sessions`. */
const pairOf = (name: string) => {
  const pair = pairs.find((each) => each.name === name);
  if (pair === undefined) throw new Error(`There are no sessions ${name}.`);
  return pair;
};

test.each([
  ['coding-twins', 0.9],
  ['coding-outage', 0.65],
])(
  'coding sessions of 40 turns read more from caches and cost less with affinity: %s',
  async (name, most) => {
    const without = await simulate(scenarioOf(pairOf(name), false), SEED);
    const kept = await simulate(scenarioOf(pairOf(name), true), SEED);
    expect(kept.cached).toBeGreaterThan(without.cached);
    expect(kept.cost / without.cost).toBeLessThan(most);
    expect(kept.moved).toBeLessThan(without.moved / 2);
    expect(kept.troubles).toBe(0);
    expect(SESSION_TURNS).toBe(40);
  },
  TIMEOUT_MS,
);

test(
  'affinity does no harm where nothing is cached',
  async () => {
    const without = await simulate(scenarioOf(pairOf('no-cache-outage'), false), SEED);
    const kept = await simulate(scenarioOf(pairOf('no-cache-outage'), true), SEED);
    expect(kept.cached).toBe(0);
    expect(kept.regret - without.regret).toBeLessThan(MOST_MORE_REGRET);
    expect(kept.failedRequests).toBeLessThanOrEqual(without.failedRequests + 0.001);
  },
  TIMEOUT_MS,
);
