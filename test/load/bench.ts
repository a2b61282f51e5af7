import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readBenchOptions } from './rig/bench-options.ts';
import { plotResults } from './rig/bench-plot.ts';
import { type BenchStore, startBenchStore } from './rig/bench-store.ts';
import type { Case } from './rig/cases.ts';
import { measureColdStart } from './rig/cold-start.ts';
import { encodeReport, encodeRound } from './rig/encode-report.ts';
import { startLiteLlm } from './rig/litellm.ts';
import { checkAnswer, requestsOf, runClosedLoop, runOpenLoop } from './rig/load.ts';
import { startLoadUpstream, WORD, WORDS_OF_WHOLE } from './rig/load-upstream.ts';
import type { Measure } from './rig/measure-window.ts';
import { canPin, pinThisProcess } from './rig/pin.ts';
import { readCost } from './rig/process-cost.ts';
import { newestProfile, topFunctions } from './rig/profile-top.ts';
import type { Results } from './rig/results.ts';
import { root } from './rig/spawn-gateway.ts';
import { startTimeLimit, TimeIsUp } from './rig/time-limit.ts';
import { inWords, planTime } from './rig/time-plan.ts';
import {
  directVariant,
  type MeshStart,
  profileFolder,
  startBare,
  startMeshVariant,
  startPortkey,
  type Variant,
  type VariantName,
} from './rig/variants.ts';

/**
 * What Mesh costs next to a bare proxy, Portkey and LiteLLM, by HTTP/1.1 and cleartext HTTP/2, on SQLite and on Firestore,
 * `npm run bench`: upstream, load generator and Firestore's emulator on one core; the gateways in processes of their own, on the
 * other, and one measured at a time. Rounds go through all gateways in turn, so that what changes with time changes for each, and
 * medians of the rounds are compared. What cannot be had on this machine is left out, and said so. It says first how long it takes
 * and when it is ended at the latest, and ends with its goals, what was measured and which were missed.
 *
 *     npm run bench                                             # half an hour; writes results/
 *     npm run bench -- --quick                                  # what the goals are about, in a minute and a half
 *     npm run bench -- --case whole-16 --only bare,mesh --rounds 5
 *     npm run bench -- --against ../before                      # and another checkout, with its packages installed, in turn
 *     npm run bench -- --case whole-64 --only mesh --profile    # and Mesh's most expensive functions; mesh-firestore alike
 */

/** When a process that has started is at rest. */
const IDLE_MS = 1_000;
const TOP_FUNCTIONS = 10;

/** As far as a store in the same region is, and then some. */
const FIRESTORE_AWAY_MS = 15;

const options = readBenchOptions(process.argv.slice(2));
const plan = planTime(options);
console.log(
  `Takes ${inWords(plan.expectedMs)}, and what it installs the first time. It measures for ${inWords(plan.limitMs)} at most: ` +
    'what there is no time for is named.',
);
const limit = startTimeLimit(plan.limitMs);
const profiling = options.profile ? ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] : [];
/** Mesh as the other checkout has it. */
const beforeScript = resolve(options.against ?? root, 'functions/router/index.ts');
pinThisProcess();
if (!canPin) console.warn('No taskset, or one core only: nothing is pinned, and figures drift.');
const upstream = await startLoadUpstream();
const results: Results = { results: [], idleRssBytes: new Map(), coldStart: null };
const variants = [directVariant(upstream)];
/** Why a gateway is not measured here. */
const leftOut = new Map<VariantName, string>();
let store = null as BenchStore | null;
const starts: Readonly<Record<VariantName, () => Promise<Variant> | Variant>> = {
  direct: () => directVariant(upstream),
  bare: () => startBare(upstream),
  portkey: () => startPortkey(upstream),
  litellm: () => startLiteLlm(upstream),
  before: () => startMeshVariant(upstream, { name: 'before', script: beforeScript }),
  'before-firestore': () => startOnFirestore('before-firestore', 0, { script: beforeScript }),
  mesh: () => startMeshVariant(upstream, { nodeArgs: profiling }),
  'mesh-h2c': () => startMeshVariant(upstream, { name: 'mesh-h2c', http2: true }),
  'mesh-firestore': () => startOnFirestore('mesh-firestore', 0),
  'mesh-firestore-15ms': () => startOnFirestore('mesh-firestore-15ms', FIRESTORE_AWAY_MS),
};

/** Cases that there was no time for. */
const unmeasured: string[] = [];
/** Gateways that did not answer as they should, with what they were asked. */
const failures: string[] = [];

try {
  await measureAll();
} catch (error) {
  if (!(error instanceof TimeIsUp)) throw error;
} finally {
  limit.clear();
  await Promise.all(variants.map((variant) => variant.stop()));
  await store?.close();
  await upstream.close();
}
await report();
// Connections of a run that was cut short may still be open.
process.exit(unmeasured.length + failures.length > 0 ? 1 : 0);

async function measureAll(): Promise<void> {
  unmeasured.push(...options.cases.map(({ title }) => title));
  if (plan.coldStarts > 0) results.coldStart = await measureColdStart(upstream, plan.coldStarts);
  for (const name of options.variants) variants.push(...(await start(name)));
  await pause(IDLE_MS);
  for (const { name, gateway } of variants) {
    if (gateway !== null) results.idleRssBytes.set(name, readCost(gateway.pid).rssBytes);
  }
  for (const each of options.cases) {
    await runCase(each);
    unmeasured.shift();
  }
}

/** None where it cannot be had here. */
async function start(name: VariantName): Promise<Variant[]> {
  try {
    return [await starts[name]()];
  } catch (error) {
    if (name === 'mesh' || name === 'bare') throw error;
    const [reason = ''] = (error as Error).message.split('\n');
    leftOut.set(name, reason);
    console.warn(`\n${name.toUpperCase()} IS LEFT OUT: ${reason}\n`);
    return [];
  }
}

async function startOnFirestore(
  name: VariantName,
  delayMs: number,
  start: MeshStart = { nodeArgs: profiling },
): Promise<Variant> {
  store ??= await startBenchStore();
  return startMeshVariant(upstream, { ...start, name, firestoreHost: await store.hostAt(delayMs) });
}

async function runCase(each: Case): Promise<void> {
  const measured = variants.filter(({ name }) => each.variants.includes(name));
  const rows = measured.map((variant) => ({ variant, result: { case: each, variant: variant.name, rounds: [] } }));
  results.results.push(...rows.map(({ result }) => result));
  upstream.script = each.script;
  const said = WORD.repeat(each.stream ? each.script.chunks : WORDS_OF_WHOLE);
  console.log(`\n${each.title}  [${each.name}]`);
  const failed = new Set<Variant>();
  for (let round = 0; round < options.rounds; round++) {
    for (const { variant, result } of rows.filter((row) => !failed.has(row.variant))) {
      const rounds: Measure[] = result.rounds;
      try {
        if (round === 0) await limit.within(checkAnswer(variant, each, said));
        rounds.push(await limit.within(measureOnce(each, variant, round)));
      } catch (error) {
        if (error instanceof TimeIsUp) throw error;
        // What it could do before it failed is no measure of it.
        rounds.length = 0;
        failed.add(variant);
        failures.push(`${each.title}, ${variant.name}: ${(error as Error).message.split('\n')[0]}`);
      }
      console.log(failed.has(variant) ? `  ${failures.at(-1)}` : encodeRound(result));
    }
  }
}

function measureOnce(each: Case, variant: Variant, round: number): Promise<Measure> {
  const times = { warmMs: plan.warmMs(round), measureMs: each.measureMs };
  if (each.connections === null) {
    const requests = requestsOf(variant, each, 1);
    return runOpenLoop(variant, upstream, { ...times, requests, perSecond: each.perSecond });
  }
  return runClosedLoop(variant, upstream, { ...times, kind: each, connections: each.connections });
}

async function report(): Promise<void> {
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`;
  const command = ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' ');
  const head = { machine, date, command, pinned: canPin, rounds: options.rounds, leftOut, unmeasured, failures };
  const text = encodeReport(results, head);
  console.log(`\n${text}`);
  if (options.complete && unmeasured.length + failures.length === 0) {
    const folder = join(root, 'test/load/results');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'bench.md'), text);
    await writeFile(join(folder, 'bench.svg'), plotResults(results, `One core, ${machine}, ${date}`));
    console.log('Written to test/load/results/.');
  }
  const profile = options.profile ? newestProfile(profileFolder) : null;
  if (profile !== null) console.log([profile, ...topFunctions(profile, TOP_FUNCTIONS)].join('\n'));
}
