import { readBenchOptions } from './rig/bench-options.ts';
import { type Case, LOW_LOAD } from './rig/cases.ts';
import { checkAnswer, type Measure, runClosedLoop, runOpenLoop } from './rig/load.ts';
import { type LoadUpstream, startLoadUpstream, WORD, WORDS_OF_WHOLE } from './rig/load-upstream.ts';
import { canPin, pinThisProcess } from './rig/pin.ts';
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
 *     npm run bench -- --quick                                  # a first look in a minute and a half
 *     npm run bench -- --case whole-16 --only bare,mesh --rounds 5
 *     npm run bench -- --case whole-64 --only mesh --profile    # and Mesh's most expensive functions
 */
const WARM_MS = 700;
/** What a gateway is given first of all, so that its code is compiled. */
const FIRST_WARM_MS = 2_500;

const options = readBenchOptions(process.argv.slice(2));
pinThisProcess();
if (!canPin) console.warn('There is no taskset or one core only: nothing is pinned, and figures drift.');
const upstream = await startLoadUpstream();
const variants = await startVariants(upstream);

try {
  for (const each of options.cases) await runCase(each);
} finally {
  for (const variant of variants) await variant.stop();
  await upstream.close();
}

async function startVariants(upstream: LoadUpstream): Promise<Variant[]> {
  const started = [directVariant(upstream)];
  for (const name of options.variants) {
    const variant = await start(name, upstream);
    if (variant === null) continue;
    started.push(variant);
  }
  return started;
}

function start(name: VariantName, upstream: LoadUpstream): Promise<Variant | null> {
  if (name === 'bare') return startBare(upstream);
  if (name === 'mesh') {
    const nodeArgs = options.profile ? ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] : [];
    return startMeshVariant(upstream, { nodeArgs });
  }
  return startPortkey(upstream).catch((error: Error) => {
    console.warn(`Portkey is left out: ${error.message}`);
    return null;
  });
}

async function runCase(each: Case): Promise<void> {
  const measured = variants.filter(({ name }) => each.variants.includes(name));
  const kind = { model: each.model, stream: each.stream, inputBytes: each.inputBytes };
  upstream.script = each.script;
  for (const variant of measured) {
    await checkAnswer(variant, kind, WORD.repeat(each.stream ? each.script.chunks : WORDS_OF_WHOLE));
  }
  console.log(`\n${each.title}  [${each.name}]`);
  for (let round = 0; round < options.rounds; round++) {
    for (const variant of measured) {
      const warmMs = round === 0 ? FIRST_WARM_MS : WARM_MS;
      const times = { kind, warmMs, measureMs: each.measureMs };
      const measure =
        each.connections === null
          ? await runOpenLoop(variant, upstream, { ...times, perSecond: LOW_LOAD })
          : await runClosedLoop(variant, upstream, { ...times, connections: each.connections });
      show(variant.name, measure);
    }
  }
}

function show(name: string, m: Measure): void {
  const us = (value: number | null) => (value === null ? '-' : value.toFixed(0)).padStart(6);
  const ms = ({ p50, p99 }: { p50: number; p99: number }) => `${p50.toFixed(2)}/${p99.toFixed(2)}`.padStart(14);
  const share = (value: number | null) => (value === null ? '-' : `${Math.round(value * 100)}%`).padStart(5);
  console.log(
    `  ${name.padEnd(8)} ${m.requestsPerSecond.toFixed(0).padStart(6)}/s ${us(m.cpuPerRequestUs)} µs/request ` +
      `${us(m.cpuPerChunkUs)} µs/chunk  total${ms(m.latencyMs)} first${ms(m.firstByteMs)} ms p50/p99 ` +
      ` cpu${share(m.gatewayLoad)} own${share(m.generatorLoad)}  ${(m.rssBytes / 2 ** 20).toFixed(0).padStart(4)} MB`,
  );
}
