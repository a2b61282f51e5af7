import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readBenchOptions } from './rig/bench-options.ts';
import { plotResults } from './rig/bench-plot.ts';
import { type Case, LOW_LOAD } from './rig/cases.ts';
import { measureColdStart } from './rig/cold-start.ts';
import { encodeReport, encodeRound } from './rig/encode-report.ts';
import { checkAnswer, requestsOf, runClosedLoop, runOpenLoop } from './rig/load.ts';
import { startLoadUpstream, WORD, WORDS_OF_WHOLE } from './rig/load-upstream.ts';
import type { Measure } from './rig/measure-window.ts';
import { canPin, pinThisProcess } from './rig/pin.ts';
import { readCost } from './rig/process-cost.ts';
import { newestProfile, topFunctions } from './rig/profile-top.ts';
import type { Results } from './rig/results.ts';
import { root } from './rig/spawn-gateway.ts';
import {
  directVariant,
  profileFolder,
  startBare,
  startMeshVariant,
  startPortkey,
  type Variant,
  type VariantName,
} from './rig/variants.ts';

/**
 * What Mesh costs next to a bare proxy and next to Portkey, `npm run bench`: upstream and load generator in this process, on
 * one core; the gateways in processes of their own, on the other, and one measured at a time. Rounds go through all
 * gateways in turn, so that what changes with time changes for each, and medians of the rounds are compared.
 *
 *     npm run bench                                             # eleven minutes; writes results/
 *     npm run bench -- --quick                                  # a first look in a minute and a half
 *     npm run bench -- --case whole-16 --only bare,mesh --rounds 5
 *     npm run bench -- --case whole-64 --only mesh --profile    # and Mesh's most expensive functions
 */

/** Before each window, and longer before the first, so that a gateway's code is compiled. Milliseconds. */
const WARM_MS = 500;
const FIRST_WARM_MS = 6_000;
const QUICK_FIRST_WARM_MS = 900;
/** When a process that has started is at rest. */
const IDLE_MS = 1_000;
const COLD_STARTS = 5;
const TOP_FUNCTIONS = 10;

const options = readBenchOptions(process.argv.slice(2));
pinThisProcess();
if (!canPin) console.warn('No taskset, or one core only: nothing is pinned, and figures drift.');
const upstream = await startLoadUpstream();
const results: Results = { results: [], idleRssBytes: new Map(), coldStart: null };
const variants = [directVariant(upstream)];

try {
  if (options.variants.includes('mesh') && !options.profile) {
    results.coldStart = await measureColdStart(upstream, COLD_STARTS);
  }
  for (const name of options.variants) variants.push(...(await start(name)));
  await pause(IDLE_MS);
  for (const { name, gateway } of variants) {
    if (gateway !== null) results.idleRssBytes.set(name, readCost(gateway.pid).rssBytes);
  }
  for (const each of options.cases) await runCase(each);
} finally {
  for (const variant of variants) await variant.stop();
  await upstream.close();
}
await report();

async function start(name: VariantName): Promise<Variant[]> {
  if (name === 'bare') return [await startBare(upstream)];
  if (name === 'mesh') {
    const nodeArgs = options.profile ? ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] : [];
    return [await startMeshVariant(upstream, { nodeArgs })];
  }
  try {
    return [await startPortkey(upstream)];
  } catch (error) {
    console.warn(`\nPORTKEY IS LEFT OUT: ${(error as Error).message}\n`);
    return [];
  }
}

async function runCase(each: Case): Promise<void> {
  const measured = variants.filter(({ name }) => each.variants.includes(name));
  const rows = measured.map((variant) => ({ variant, result: { case: each, variant: variant.name, rounds: [] } }));
  results.results.push(...rows.map(({ result }) => result));
  upstream.script = each.script;
  const said = WORD.repeat(each.stream ? each.script.chunks : WORDS_OF_WHOLE);
  for (const variant of measured) await checkAnswer(variant, each, said);
  console.log(`\n${each.title}  [${each.name}]`);
  for (let round = 0; round < options.rounds; round++) {
    for (const { variant, result } of rows) {
      const rounds: Measure[] = result.rounds;
      rounds.push(await measureOnce(each, variant, round));
      console.log(encodeRound(result));
    }
  }
}

function measureOnce(each: Case, variant: Variant, round: number): Promise<Measure> {
  const firstMs = options.quick ? QUICK_FIRST_WARM_MS : FIRST_WARM_MS;
  const times = { warmMs: round === 0 ? firstMs : WARM_MS, measureMs: each.measureMs };
  if (each.connections === null) {
    const requests = requestsOf(variant, each, 1);
    return runOpenLoop(variant, upstream, { ...times, requests, perSecond: LOW_LOAD });
  }
  return runClosedLoop(variant, upstream, { ...times, kind: each, connections: each.connections });
}

async function report(): Promise<void> {
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`;
  const command = ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' ');
  const text = encodeReport(results, { machine, date, command, pinned: canPin, rounds: options.rounds });
  console.log(`\n${text}`);
  if (options.complete) {
    const folder = join(root, 'test/load/results');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'bench.md'), text);
    await writeFile(join(folder, 'bench.svg'), plotResults(results, `One core, ${machine}, ${date}`));
    console.log('Written to test/load/results/.');
  }
  const profile = options.profile ? newestProfile(profileFolder) : null;
  if (profile !== null) console.log([profile, ...topFunctions(profile, TOP_FUNCTIONS)].join('\n'));
}
