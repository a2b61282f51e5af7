import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { table } from './rig/encode-report.ts';
import { requestsOf, runClosedLoop, runStreams } from './rig/load.ts';
import { LoadConnection } from './rig/load-connection.ts';
import { startLoadUpstream } from './rig/load-upstream.ts';
import { pinThisProcess } from './rig/pin.ts';
import { countDescriptors, readCost } from './rig/process-cost.ts';
import { newestProfile, topFunctions } from './rig/profile-top.ts';
import { encodeRequest, SMALL_INPUT_BYTES } from './rig/requests.ts';
import { type Population, seedStore } from './rig/seed-store.ts';
import { root } from './rig/spawn-gateway.ts';
import {
  benchCatalogue,
  CHAT_MODEL,
  makeMeshSite,
  meshVariant,
  profileFolder,
  removeMeshSite,
  startBare,
  startMeshGateway,
  type Variant,
} from './rig/variants.ts';

/**
 * Whether a request costs the same however much there is of everything else, `npm run bench:growth`: owners in the store, keys
 * in use, models in the catalogue, streams at once, length of a stream. Every line is a router of its own on a store of its own.
 *
 *     npm run bench:growth                             # six minutes; writes results/growth.md
 *     npm run bench:growth -- --only streams,length
 *     npm run bench:growth -- --only keys --profile     # and the most expensive functions at each step, the start included
 */
const WARM_MS = 4_000;
const MEASURE_MS = 4_000;
const CONNECTIONS = 64;
/** Requests in turn, so that as many keys or models are in use. */
const MAX_TURNS = 4_096;
const MEGABYTE = 2 ** 20;
/** A cost that is no more than this, last to first, has not grown. */
const FLAT = 1.25;

const steps = {
  owners: [1, 1_000, 100_000],
  keys: [1, 16, 256, 4_096],
  models: [10, 200, 2_000],
  streams: [1, 100, 1_000, 5_000],
  length: [10, 100, 1_000, 10_000, 50_000],
} as const;
type Dimension = keyof typeof steps;
const dimensions = Object.keys(steps) as Dimension[];

/** Streams at once that do little: a chunk now and then. */
const IDLE_SCRIPT = { chunks: 10_000, everyMs: 2_000 };
const IDLE_MEASURE_MS = 6_000;
/** The most that so many idle streams may take: the goal. */
const IDLE_GOAL_MB = 600;
/** Streams opened at a time; more would overrun the queue of new connections. */
const OPEN_AT_A_TIME = 100;
/** As many chunks are measured of each length, but no more than so many streams. */
const CHUNKS_OF_LENGTH = 100_000;
const MAX_STREAMS = 1_000;
const LONG_CONNECTIONS = 4;
const LONG_ANSWER_TOKENS = 100_000;
const TOP_FUNCTIONS = 25;

const kind = { model: CHAT_MODEL, stream: false, inputBytes: SMALL_INPUT_BYTES };
const report: string[] = [];
const upstream = await startLoadUpstream();
pinThisProcess();

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: dimensions.join(',') },
    profile: { type: 'boolean', default: false },
  },
});
const nodeArgs = values.profile ? ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] : [];
const chosen = values.only.split(',');
if (chosen.includes('owners')) await growOwners();
if (chosen.includes('keys')) await growKeys();
if (chosen.includes('models')) await growModels();
if (chosen.includes('streams')) await growStreams();
if (chosen.includes('length')) await growLength();
await upstream.close();
if (dimensions.every((each) => chosen.includes(each))) await writeReport();

/** A few dozen keys are used, whatever else the store holds. */
async function growOwners(): Promise<void> {
  const rows: Row[] = [];
  for (const owners of steps.owners) {
    const population = { owners, keysPerOwner: owners === 1 ? CONNECTIONS : 1, active: Math.min(owners, CONNECTIONS) };
    rows.push(await withMesh(population, (mesh) => measureRequests(owners, mesh, CONNECTIONS)));
  }
  show('Owners in the store (64 keys used)', 'CPU µs/request', rows);
}

async function growKeys(): Promise<void> {
  const rows: Row[] = [];
  for (const keys of steps.keys) {
    const owners = Math.min(keys, 16);
    const population = { owners, keysPerOwner: keys / owners, active: owners };
    rows.push(await withMesh(population, (mesh) => measureRequests(keys, mesh, keys)));
  }
  show('Keys in use at once, of up to 16 owners', 'CPU µs/request', rows);
}

async function growModels(): Promise<void> {
  const rows: Row[] = [];
  for (const models of steps.models) {
    const measure = (mesh: Variant) => measureRequests(models, mesh, CONNECTIONS, models);
    rows.push(await withMesh({ owners: 4, keysPerOwner: 16, active: 4 }, measure, models));
  }
  show('Models in the catalogue and in use, 3 endpoints each', 'CPU µs/request', rows);
}

async function growStreams(): Promise<void> {
  upstream.script = IDLE_SCRIPT;
  for (const name of ['bare', 'mesh'] as const) {
    const rows: Row[] = [];
    for (const streams of steps.streams) {
      const measure = (variant: Variant) => measureIdleStreams(streams, variant);
      if (name === 'mesh') rows.push(await withMesh({ owners: 4, keysPerOwner: 16, active: 4 }, measure));
      else rows.push(await withBare(measure));
    }
    show(`Streams at once, a chunk every ${IDLE_SCRIPT.everyMs / 1_000} s, ${name}`, 'CPU µs/chunk', rows);
    const megabytes = (rows.at(-1)?.rssBytes ?? 0) / MEGABYTE;
    const met = megabytes <= IDLE_GOAL_MB ? 'met' : 'missed';
    if (name === 'mesh') say(`\nThe goal, at most ${IDLE_GOAL_MB} MB at ${rows.at(-1)?.size} streams: ${met}.`);
  }
}

async function growLength(): Promise<void> {
  const population = { owners: 4, keysPerOwner: 1, active: 4 };
  const rows = await withMesh(population, async (mesh) => {
    const found: Row[] = [];
    for (const chunks of steps.length) {
      upstream.script = { chunks, everyMs: 0 };
      const streams = Math.min(MAX_STREAMS, Math.max(LONG_CONNECTIONS, CHUNKS_OF_LENGTH / chunks));
      const each = Math.ceil(streams / LONG_CONNECTIONS);
      const long = { ...kind, stream: true, maxTokens: LONG_ANSWER_TOKENS };
      if (found.length === 0) await runStreams(mesh, upstream, { kind: long, connections: LONG_CONNECTIONS, each });
      const measure = await runStreams(mesh, upstream, { kind: long, connections: LONG_CONNECTIONS, each });
      const { cpuPerChunkUs, rssBytes, gatewayLoad } = measure;
      found.push({ size: chunks, costUs: cpuPerChunkUs ?? 0, rssBytes, note: load(gatewayLoad) });
    }
    return found;
  });
  show('Chunks of a stream, 4 streams at once, no delay', 'CPU µs/chunk', rows);
}

interface Row {
  size: number;
  costUs: number;
  rssBytes: number;
  note: string;
}

async function withMesh<T>(population: Population, measure: (mesh: Variant) => Promise<T>, moreModels = 0): Promise<T> {
  const site = await makeMeshSite(upstream, benchCatalogue(upstream, moreModels));
  const keys = await seedStore(site, population);
  const gateway = await startMeshGateway(site, { nodeArgs });
  const mesh = meshVariant(gateway, keys, async () => {
    await gateway.stop();
    await removeMeshSite(site);
  });
  try {
    return await measure(mesh);
  } finally {
    await mesh.stop();
    const profile = values.profile ? newestProfile(profileFolder) : null;
    if (profile !== null) console.log([profile, ...topFunctions(profile, TOP_FUNCTIONS)].join('\n'));
  }
}

async function withBare<T>(measure: (bare: Variant) => Promise<T>): Promise<T> {
  const bare = await startBare(upstream);
  try {
    return await measure(bare);
  } finally {
    await bare.stop();
  }
}

async function measureRequests(size: number, mesh: Variant, callers: number, models = 0): Promise<Row> {
  const turns = models === 0 ? Math.min(MAX_TURNS, Math.max(callers, CONNECTIONS)) : models;
  const requests = Array.from({ length: turns }, (_, turn) => {
    const model = models === 0 ? CHAT_MODEL : `${CHAT_MODEL}-${turn}`;
    return encodeRequest({ ...kind, model }, mesh.headers(turn));
  });
  const load = { kind, connections: CONNECTIONS, warmMs: WARM_MS, measureMs: MEASURE_MS, requests };
  const { cpuPerRequestUs, rssBytes, requestsPerSecond } = await runClosedLoop(mesh, upstream, load);
  return { size, costUs: cpuPerRequestUs ?? 0, rssBytes, note: `${requestsPerSecond.toFixed(0)} requests/s` };
}

async function measureIdleStreams(size: number, variant: Variant): Promise<Row> {
  const pid = variant.gateway?.pid ?? 0;
  const descriptors = countDescriptors(pid);
  const requests = requestsOf(variant, { ...kind, stream: true, maxTokens: LONG_ANSWER_TOKENS }, size);
  const clients: LoadConnection[] = [];
  let refused = 0;
  while (clients.length < size) {
    const more = requests.slice(clients.length, clients.length + OPEN_AT_A_TIME);
    const begun = upstream.streams + more.length;
    for (const request of more) {
      const client = new LoadConnection(variant.port);
      // None of them ends before it is closed here, unless it was refused.
      client
        .exchange(request)
        .catch(() => {})
        .finally(() => refused++);
      clients.push(client);
    }
    while (upstream.streams < begun && refused === 0) await pause(5);
  }
  if (refused > 0) throw new Error(`${variant.name} ended a stream while ${size} were being opened.`);
  await pause(2 * IDLE_SCRIPT.everyMs);
  const chunks = upstream.chunksSent;
  const before = readCost(pid);
  await pause(IDLE_MEASURE_MS);
  const after = readCost(pid);
  const sent = upstream.chunksSent - chunks;
  const cpuUs = after.cpuUs - before.cpuUs;
  const open = countDescriptors(pid);
  for (const client of clients) client.close();
  upstream.hangUp();
  await pause(IDLE_SCRIPT.everyMs);
  const left = countDescriptors(pid) - descriptors;
  const note = `${load(cpuUs / (IDLE_MEASURE_MS * 1_000))}, ${open} files and sockets open; after: ${left} more than before`;
  return { size, costUs: cpuUs / Math.max(1, sent), rssBytes: after.rssBytes, note };
}

function load(share: number | null): string {
  return `${((share ?? 0) * 100).toFixed(1)} % of a core`;
}

function show(title: string, cost: string, rows: readonly Row[]): void {
  const [first, last] = [rows[0], rows.at(-1)];
  const growth = first === undefined || last === undefined ? 1 : last.costUs / first.costUs;
  const lines = rows.map(({ size, costUs, rssBytes, note }) => [
    size.toLocaleString('en'),
    costUs.toFixed(1),
    (rssBytes / MEGABYTE).toFixed(0),
    note,
  ]);
  const verdict = growth <= FLAT ? 'does not grow' : 'grows';
  say(`\n## ${title}\n\nCost of the last line to that of the first: ${growth.toFixed(2)} ×, it ${verdict}.\n`);
  for (const line of table(['', cost, 'RSS MB', ''], lines)) say(line);
}

function say(line: string): void {
  console.log(line);
  report.push(line);
}

async function writeReport(): Promise<void> {
  const folder = join(root, 'test/load/results');
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`;
  const head = `# Growth\n\n\`npm run bench:growth\`, ${new Date().toISOString().slice(0, 10)}, ${machine}. One round; each line a router and a store of its own.`;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'growth.md'), `${[head, ...report].join('\n')}\n`);
}
