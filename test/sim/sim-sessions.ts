import { MOST_MORE_REGRET, type Pair, pairs, SESSION_TURNS, scenarioOf } from './session-scenarios.ts';
import { type Result, simulate } from './simulate.ts';

/**
 * Coding sessions of 40 turns with and without affinity: `npm run sim:sessions [-- <name> [<seeds>]]`, `all` for every one; means over
 * so many seeds, since of one alone the same router comes out one percent better or worse by chance. Costs are by what each
 * endpoint's cache truly had; regret knows nothing of caches, and is shown where there are none. The exit code says whether
 * affinity did harm: dearer sessions, or where nothing is cached a regret that is more than 1 % worse.
 */
const SEEDS = 5;

const [name = 'all', seeds = String(SEEDS)] = process.argv.slice(2);
const chosen = pairs.filter((pair) => name === 'all' || pair.name === name);
if (chosen.length === 0 || !/^[1-9]\d*$/.test(seeds)) {
  console.error('Usage: npm run sim:sessions [-- <name> [<seeds>]]\n');
  for (const pair of pairs) console.error(`  ${pair.name.padEnd(18)}${pair.about}`);
  process.exit(2);
}

/** The figures of a pair that are compared. */
type Figures = Pick<Result, 'moved' | 'cached' | 'cost' | 'tookMs' | 'regret' | 'failedRequests'>;

async function meanOf(pair: Pair, affinity: boolean): Promise<Figures> {
  const results: Result[] = [];
  for (let seed = 1; seed <= Number(seeds); seed++) results.push(await simulate(scenarioOf(pair, affinity), seed));
  const mean = (of: (result: Result) => number) => results.reduce((sum, each) => sum + of(each), 0) / results.length;
  return {
    moved: mean(({ moved }) => moved),
    cached: mean(({ cached }) => cached),
    cost: mean(({ cost }) => cost),
    tookMs: mean(({ tookMs }) => tookMs),
    regret: mean(({ regret }) => regret),
    failedRequests: mean(({ failedRequests }) => failedRequests),
  };
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
const dollars = ({ cost }: Figures) => `$${(cost * SESSION_TURNS).toFixed(3)}`;

console.log('| sessions | turns that moved | input read from caches | 40 turns | a turn | regret | failed requests |');
console.log('|---|---:|---:|---:|---:|---:|---:|');
let harmed = 0;
for (const pair of chosen) {
  const without = await meanOf(pair, false);
  const kept = await meanOf(pair, true);
  const both = (show: (figures: Figures) => string) => `${show(without)} → ${show(kept)}`;
  const isHarm = pair.caches ? kept.cost > without.cost : kept.regret > without.regret + MOST_MORE_REGRET;
  if (isHarm) harmed++;
  const cells = [
    `\`${pair.name}\`: ${pair.about}`,
    both(({ moved }) => percent(moved)),
    both(({ cached }) => percent(cached)),
    both(dollars),
    both(({ tookMs }) => `${(tookMs / 1_000).toFixed(1)} s`),
    pair.caches ? '' : both(({ regret }) => percent(regret)),
    both(({ failedRequests }) => `${(failedRequests * 100).toFixed(2)} %`),
  ];
  console.log(`| ${cells.join(' | ')} |${isHarm ? ' ✗' : ''}`);
}
console.log(
  `\nMeans of ${seeds} seeds; ${harmed === 0 ? 'affinity does no harm' : `affinity does harm ${harmed} times (✗)`}.`,
);
process.exitCode = harmed === 0 ? 0 : 1;
