import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Case, cases } from './rig/cases.ts';
import { checkAnswer, runClosedLoop } from './rig/load.ts';
import { startLoadUpstream, WORD, WORDS_OF_WHOLE } from './rig/load-upstream.ts';
import { canPin, pinThisProcess } from './rig/pin.ts';
import { median } from './rig/results.ts';
import { startMeshVariant, type Variant } from './rig/variants.ts';

/**
 * What a change costs a request: this checkout next to another one, by CPU.
 *
 *     npm run bench:against -- ../before                        # four minutes
 *     npm run bench:against -- ../before --case stream --windows 60
 *
 * A machine's speed drifts by more than most changes cost, so windows are short, both run in turn, and what counts is the
 * median of the ratios of neighbours; who is first changes from pair to pair. Its spread is that of medians of samples of
 * the same pairs, drawn with replacement.
 */

const CASES = ['whole-16', 'stream'];
const WINDOWS = 40;
const WARM_MS = 250;
/** Until V8 has optimised what is hot: CPU a request falls to a half of the first seconds’ in this time. */
const FIRST_WARM_MS = 30_000;
const WINDOW_MS = 1_000;
/** Samples for the spread, and the share of them that is left out at each end. */
const SAMPLES = 2_000;
const TAIL = 0.025;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    case: { type: 'string', default: CASES.join(',') },
    windows: { type: 'string', default: String(WINDOWS) },
  },
});
const [other] = positionals;
if (other === undefined) throw new Error('Name the folder of the other checkout, with its packages installed.');
const windows = Number(values.windows);
const chosen = values.case.split(',').map(findCase);

pinThisProcess();
if (!canPin) console.warn('No taskset, or one core only: nothing is pinned, and figures drift.');
const upstream = await startLoadUpstream();
const before = await startMeshVariant(upstream, { script: resolve(other, 'functions/router/index.ts') });
const after = await startMeshVariant(upstream);
try {
  for (const each of chosen) await compare(each);
} finally {
  await before.stop();
  await after.stop();
  await upstream.close();
}

async function compare(each: Case): Promise<void> {
  upstream.script = each.script;
  const said = WORD.repeat(each.stream ? each.script.chunks : WORDS_OF_WHOLE);
  for (const variant of [before, after]) {
    await checkAnswer(variant, each, said);
    await measure(each, variant, FIRST_WARM_MS);
  }
  const ratios: number[] = [];
  const costs = { before: [] as number[], after: [] as number[] };
  for (let pair = 0; pair < windows; pair++) {
    const isTurned = pair % 2 === 1;
    const first = await measure(each, isTurned ? after : before, WARM_MS);
    const second = await measure(each, isTurned ? before : after, WARM_MS);
    const [old, now] = isTurned ? [second, first] : [first, second];
    ratios.push(now / old);
    costs.before.push(old);
    costs.after.push(now);
  }
  const medians = Array.from({ length: SAMPLES }, () => middle(ratios.map(() => draw(ratios)))).sort(ascending);
  const at = (share: number) => percent(medians[Math.floor(share * SAMPLES)] ?? Number.NaN);
  console.log(
    `${each.title}: ${middle(costs.before).toFixed(0)} → ${middle(costs.after).toFixed(0)} µs a request, ` +
      `${percent(middle(ratios))} (95 %: ${at(TAIL)} to ${at(1 - TAIL)}; ${windows} pairs)`,
  );
}

async function measure(each: Case, variant: Variant, warmMs: number): Promise<number> {
  const load = { kind: each, connections: each.connections ?? 1, warmMs, measureMs: WINDOW_MS };
  return (await runClosedLoop(variant, upstream, load)).cpuPerRequestUs ?? Number.NaN;
}

function findCase(name: string): Case {
  const found = cases.find((each) => each.name === name && each.connections !== null);
  if (found === undefined) throw new Error(`There is no case ${name} with a fixed number of connections.`);
  return found;
}

function draw(values: readonly number[]): number {
  return values[Math.floor(Math.random() * values.length)] ?? Number.NaN;
}

function middle(values: readonly number[]): number {
  return median(values) ?? Number.NaN;
}

function ascending(a: number, b: number): number {
  return a - b;
}

function percent(ratio: number): string {
  return `${ratio < 1 ? '−' : '+'}${Math.abs((ratio - 1) * 100).toFixed(1)} %`;
}
