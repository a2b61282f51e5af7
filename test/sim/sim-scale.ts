import { OWNERS } from '../../functions/core/ledger/owners.ts';
import { ROLLUPS } from '../../functions/core/ledger/rollups.ts';
import { WINDOWS } from '../../functions/core/rate-limits/rate-window.ts';
import { type ClassResult, type OwnerClass, type ScaleTimes, simulateClass } from './scale.ts';
import { costOfMillion, mixOf, perRequest, sharesOfZipf } from './scale-mix.ts';
import { simulateShared } from './scale-shared.ts';

/**
 * 10,000 requests a second of 50,000 owners over 400 instances, in simulated time: `npm run sim:scale [-- <seconds>]`. One class of owners
 * after another, as many of each as make a few hundred requests; then what all instances share. Prints the tables of
 * [Operate](../../functions/router/docs/operate.md#scale).
 */
const SECONDS = 20;
const WARM_MS = 15_000;
const SEED = 1;
const INSTANCES = 400;
const FEW_INSTANCES = 8;
const OWNERS_IN_ALL = 50_000;
const PER_SECOND = 10_000;

const [seconds = String(SECONDS)] = process.argv.slice(2);
if (!/^[1-9]\d*$/.test(seconds)) throw new Error('Usage: npm run sim:scale [-- <seconds of simulated time>]');
const times: ScaleTimes = { warmMs: WARM_MS, measureMs: Number(seconds) * 1_000 };

const limited = { instances: INSTANCES, isLimited: true };
/** What is weighed by how many owners are like it. */
const ordinary: OwnerClass[] = [
  { ...limited, perSecond: 0.1, owners: 300 },
  { ...limited, perSecond: 1, owners: 40 },
  { ...limited, perSecond: 10, owners: 4 },
  { perSecond: 100, owners: 1, instances: INSTANCES, isLimited: false },
];
const even: OwnerClass = { ...limited, perSecond: PER_SECOND / OWNERS_IN_ALL, owners: 200 };
/** What may be done about a hot one, and what if not. */
const others: OwnerClass[] = [
  { ...limited, perSecond: 100, owners: 1 },
  { perSecond: 10, owners: 4, instances: FEW_INSTANCES, isLimited: true },
  { perSecond: 100, owners: 1, instances: FEW_INSTANCES, isLimited: true },
];

console.log(
  '| owner’s requests/s | instances | limit of requests | writes, deletes, reads a request | overtaken a request | refused by the store ' +
    '| writes/s of its balance, its window, a shard of its rollups | wait p50, p99, ms |',
);
console.log('|---:|---:|---|---|---:|---:|---|---|');
const results = new Map<OwnerClass, ClassResult>();
for (const each of [even, ...ordinary, ...others]) {
  const result = await simulateClass(each, times, SEED);
  results.set(each, result);
  console.log(encodeRow(each, result));
}

const shares = sharesOfZipf(
  OWNERS_IN_ALL,
  PER_SECOND,
  ordinary.map((each) => each.perSecond),
);
const mixes = {
  'all owners alike': mixOf([{ share: 1, each: operationsOf(even) }]),
  'the n-th owner 1/n as often as the first': mixOf(
    ordinary.map((each, at) => ({ share: shares[at] ?? 0, each: operationsOf(each) })),
  ),
};
console.log(
  '\n| 10,000 requests/s of 50,000 owners | writes, deletes, reads a request | operations/s | dollars a million |',
);
console.log('|---|---|---:|---:|');
for (const [name, mix] of Object.entries(mixes)) {
  const all = (mix.writes + mix.deletes + mix.reads) * PER_SECOND;
  const cells = [name, three(mix), Math.round(all).toLocaleString('en'), costOfMillion(mix).toFixed(2)];
  console.log(`| ${cells.join(' | ')} |`);
}
console.log(
  `Shares of requests by class, rising: ${shares.map((share) => `${(share * 100).toFixed(0)} %`).join(', ')}.`,
);

console.log(
  '\n| instances | figures: written, too late, a second | breaker in one outage: writes, most in a second, overtaken |',
);
console.log('|---:|---|---|');
for (const instances of [4, 40, INSTANCES]) {
  const { figuresPerSecond, figuresLatePerSecond, breaker } = await simulateShared(instances, 2, SEED);
  const { writes, peak, overtaken } = breaker;
  console.log(
    `| ${instances} | ${figuresPerSecond.toFixed(1)}, ${figuresLatePerSecond.toFixed(1)} | ${writes}, ${peak}, ${overtaken} |`,
  );
}

function operationsOf(each: OwnerClass) {
  return perRequest(results.get(each) as ClassResult);
}

function encodeRow({ perSecond, instances, isLimited }: OwnerClass, result: ClassResult): string {
  const each = perRequest(result);
  const { requests, givenUp, perSecondOf, waitedMs } = result;
  const hot = [OWNERS, WINDOWS, ROLLUPS].map((name) => perSecondOf.get(name)?.toFixed(2) ?? '–');
  const cells = [
    perSecond,
    instances,
    isLimited ? 'yes' : 'no',
    three(each),
    each.overtaken.toFixed(2),
    `${((givenUp / (requests + givenUp)) * 100).toFixed(1)} %`,
    hot.join(', '),
    `${waitedMs.p50.toFixed(0)}, ${waitedMs.p99.toFixed(0)}`,
  ];
  return `| ${cells.join(' | ')} |`;
}

function three({ writes, deletes, reads }: { writes: number; deletes: number; reads: number }): string {
  return [writes, deletes, reads].map((count) => count.toFixed(1)).join(', ');
}
