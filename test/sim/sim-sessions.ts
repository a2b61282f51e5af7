import { MOST_MORE_REGRET, pairs, SESSION_TURNS, scenarioOf } from './session-scenarios.ts';
import { type Result, simulate } from './simulate.ts';

/**
 * Coding sessions of 40 turns with and without affinity: `npm run sim:sessions [-- <name> [<seed>]]`, `all` for every one. Costs
 * are by what each endpoint's cache truly had; regret knows nothing of caches, and is shown where there are none. The exit code
 * says whether affinity did harm: dearer sessions, or where nothing is cached a regret that is more than 1 % worse.
 */
const SEED = 1;

const [name = 'all', seed = String(SEED)] = process.argv.slice(2);
const chosen = pairs.filter((pair) => name === 'all' || pair.name === name);
if (chosen.length === 0 || !/^\d+$/.test(seed)) {
  console.error('Usage: npm run sim:sessions [-- <name> [<seed>]]\n');
  for (const pair of pairs) console.error(`  ${pair.name.padEnd(18)}${pair.about}`);
  process.exit(2);
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
const dollars = ({ cost }: Result) => `$${(cost * SESSION_TURNS).toFixed(3)}`;

console.log('| sessions | moved | cached | of 40 turns | regret | failed |');
console.log('|---|---:|---:|---:|---:|---:|');
let harmed = 0;
for (const pair of chosen) {
  const without = await simulate(scenarioOf(pair, false), Number(seed));
  const kept = await simulate(scenarioOf(pair, true), Number(seed));
  const both = (show: (result: Result) => string) => `${show(without)} → ${show(kept)}`;
  const isHarm = pair.caches ? kept.cost > without.cost : kept.regret > without.regret + MOST_MORE_REGRET;
  if (isHarm) harmed++;
  const cells = [
    `${pair.name}: ${pair.about}`,
    both(({ moved }) => percent(moved)),
    both(({ cached }) => percent(cached)),
    both(dollars),
    pair.caches ? '' : both(({ regret }) => percent(regret)),
    both(({ failedRequests }) => `${(failedRequests * 100).toFixed(2)} %`),
  ];
  console.log(`| ${cells.join(' | ')} |${isHarm ? ' ✗' : ''}`);
}
console.log(`\nSeed ${seed}; ${harmed === 0 ? 'affinity does no harm' : `affinity does harm ${harmed} times (✗)`}.`);
process.exitCode = harmed === 0 ? 0 : 1;
