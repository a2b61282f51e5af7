import { expect, test } from '@jest/globals';
import { missedGoals } from '../sim/goals.ts';
import { scenarios } from '../sim/scenarios.ts';
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
