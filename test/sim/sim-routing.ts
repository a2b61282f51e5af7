import { missedGoals } from './goals.ts';
import { scenarios } from './scenarios.ts';
import { showResults } from './show-results.ts';
import { type Result, simulate } from './simulate.ts';

/**
 * The router's own choosing, attempts, figures and breakers against synthetic endpoints, over hours of simulated time:
 * `npm run sim:routing [-- <scenario> [<seed>]]`, `all` for every scenario. `simulate.ts` says what each figure is, `oracle.ts`
 * what regret is. The exit code says whether a goal was missed.
 */
const SEED = 1;

const [name = 'all', seed = String(SEED)] = process.argv.slice(2);
const chosen = scenarios.filter((scenario) => name === 'all' || scenario.name === name);
if (chosen.length === 0 || !/^\d+$/.test(seed)) {
  console.error(`Usage: npm run sim:routing [-- <scenario> [<seed>]]\n`);
  for (const scenario of scenarios) console.error(`  ${scenario.name.padEnd(22)}${scenario.about}`);
  process.exit(2);
}

const results: Result[] = [];
for (const scenario of chosen) results.push(await simulate(scenario, Number(seed)));
console.log(showResults(results));
const missed = results.filter((result) => missedGoals(result).length > 0);
console.log(
  `\nSeed ${seed}; ${missed.length === 0 ? 'all goals are met' : `${missed.length} scenarios miss a goal (✗)`}.`,
);
process.exitCode = missed.length === 0 ? 0 : 1;
