import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { KEY_BYTES, makeKey } from '../../functions/core/keys.ts';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { sweep } from '../../functions/sweep/sweep.ts';
import { createRandom, type Random } from '../sim/random.ts';
import { silentLog } from '../support/memory-log.ts';
import { connectMesh, type MeshClient } from '../support/mesh-client.ts';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { aborting, hostile, refunding, type Stage, wellBehaved } from './callers.ts';
import { type ChaosRouter, startChaosRouter } from './chaos-router.ts';
import { type ChaosUpstream, startChaosUpstream } from './chaos-upstream.ts';
import { type Recount, recount, type Told } from './recount.ts';
import { makeTrouble } from './trouble.ts';

export interface ChaosOptions {
  seconds: number;
  seed: string;
}

export interface ChaosReport {
  /** How often each thing was done or answered. */
  counts: Map<string, number>;
  /** Whether there was a disk that could be filled. */
  hadDisk: boolean;
  /** Processes that went of themselves, or did not go in order when asked to. */
  deaths: string[];
  /** Background work that failed, by name. */
  failures: Map<string, number>;
  /** Of each router, bytes. */
  maxRss: number[];
  /** Of well-behaved callers, milliseconds. */
  waits: { p50: number; p99: number; longest: number };
  books: Recount;
}

const ROUTERS = 3;
const LEASE_SECONDS = 3;
const DISK_MEGABYTES = 1_024;
const DAILY_CAP = '0.02';
const DAILY_CAP_NANOS = 20_000_000n;

/**
 * Three routers on one store, callers and upstreams of every kind, and everything that can be done to a process: what is left
 * at the end has to add up, and nobody may have died but by our hand.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const random = createRandom(options.seed);
  const disk = mountSmallDisk(DISK_MEGABYTES);
  const folder = disk?.path ?? (await mkdtemp(join(tmpdir(), 'mesh-chaos-')));
  const upstream = await startChaosUpstream(random.fork('upstream'));
  const routers: ChaosRouter[] = [];
  try {
    return await runIn({ folder, disk, upstream, routers, random }, options.seconds);
  } finally {
    for (const router of routers) router.end();
    upstream.close();
    disk?.close();
    if (disk === null) await rm(folder, { recursive: true, force: true });
  }
}

interface Place {
  folder: string;
  disk: SmallDisk | null;
  upstream: ChaosUpstream;
  routers: ChaosRouter[];
  random: Random;
}

async function runIn({ folder, disk, upstream, routers, random }: Place, seconds: number): Promise<ChaosReport> {
  const path = join(folder, 'mesh.db');
  const adminKey = makeKey('mak', randomBytes(KEY_BYTES));
  await writeFile(join(folder, 'catalogue.json'), JSON.stringify(catalogueOf(upstream.url)));
  const env = {
    MESH_STORE: `sqlite:${path}`,
    MESH_CATALOGUE: join(folder, 'catalogue.json'),
    MESH_ADMIN_KEY: adminKey,
    MESH_LEASE_SECONDS: String(LEASE_SECONDS),
    MESH_CONNECT_SECONDS: '1',
    MESH_FIRST_TOKEN_SECONDS: '2',
    MESH_IDLE_SECONDS: '2',
    MESH_WHOLE_SECONDS: '4',
  };
  while (routers.length < ROUTERS) routers.push(await startChaosRouter(`router ${routers.length}`, env));

  const { counts } = upstream;
  const told = new Map<string, Told>();
  const waits: number[] = [];
  const until = performance.now() + seconds * 1_000;
  const stage: Stage = {
    routers,
    goesOn: () => performance.now() < until,
    count: (what) => void counts.set(what, (counts.get(what) ?? 0) + 1),
    waited: (milliseconds) => void waits.push(milliseconds),
    told: (requestId, charge) => void told.set(requestId, charge),
    charged: [],
  };
  const accounts = await openAccounts(connectMesh(routers[0]?.url() ?? '', adminKey), adminKey);
  const callers = (count: number, act: (name: string) => Promise<void>, kind: string) =>
    Array.from({ length: count }, (_, n) => act(`${kind}${n}`));
  const { rich, capped, poor, rupees, enemy } = accounts;
  const work = [
    ...callers(5, (name) => wellBehaved(stage, rich.key, 'chaos/well', random.fork(name)), 'well'),
    ...callers(3, (name) => wellBehaved(stage, rich.key, 'chaos/any', random.fork(name)), 'any'),
    ...callers(2, (name) => wellBehaved(stage, rich.key, 'chaos/wild', random.fork(name)), 'wild'),
    ...callers(2, (name) => wellBehaved(stage, capped.key, 'chaos/any', random.fork(name)), 'capped'),
    ...callers(3, (name) => wellBehaved(stage, poor.key, 'chaos/any', random.fork(name)), 'poor'),
    ...callers(2, (name) => wellBehaved(stage, rupees.key, 'chaos/any', random.fork(name)), 'rupees'),
    ...callers(3, (name) => aborting(stage, rich.key, random.fork(name)), 'abort'),
    ...callers(2, (name) => hostile(stage, enemy.key, random.fork(name)), 'hostile'),
    refunding(stage, adminKey, rich.ownerId, random.fork('refund')),
    makeTrouble(stage, disk, LEASE_SECONDS * 1_000, random.fork('trouble')),
  ];
  await Promise.all(work);

  const deaths: string[] = [];
  for (const router of routers) {
    const url = router.url();
    const answer = url === null ? null : await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.status !== 200) deaths.push(`${router.name} says ${answer?.status ?? 'nothing'} at the end`);
  }
  const codes = await Promise.all(routers.map((router) => router.stop()));
  for (const [at, code] of codes.entries()) if (code !== 0) deaths.push(`router ${at} ended with code ${code}`);
  for (const router of routers) deaths.push(...router.deaths);
  await sweepUp(path);
  const caps = new Map([[capped.keyId, DAILY_CAP_NANOS]]);
  const books = recount(path, caps, told);
  const sorted = waits.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  return {
    counts,
    hadDisk: disk !== null,
    deaths,
    failures: routers.reduce((sum, { failures }) => addUp(sum, failures), new Map<string, number>()),
    maxRss: routers.map((router) => router.maxRss()),
    waits: { p50: at(0.5), p99: at(0.99), longest: at(1) },
    books,
  };
}

function addUp(sum: Map<string, number>, more: ReadonlyMap<string, number>): Map<string, number> {
  for (const [name, count] of more) sum.set(name, (sum.get(name) ?? 0) + count);
  return sum;
}

/** What the sweep does once the leases of the dead have expired: the first one may be patient, the second is not. */
async function sweepUp(path: string): Promise<void> {
  await pause(LEASE_SECONDS * 1_000 + 500);
  const documents = await openSqliteDocuments(path);
  const events = { publish: async () => {}, close: async () => {} };
  for (let time = 0; time < 2; time++) await sweep({ documents, events, log: silentLog });
  await documents.close();
}

function catalogueOf(url: string) {
  const provider = (name: string) => ({ format: 'chat', base_url: `${url}/${name}`, auth: { type: 'none' } });
  const model = (...providers: string[]) => ({
    context_length: 8_000,
    max_output_tokens: 400,
    endpoints: providers.map((name) => ({ provider: name, model: 'm', price: { input: '3', output: '15' } })),
  });
  return {
    providers: { well: provider('well'), wild: provider('wild') },
    models: { 'chaos/well': model('well'), 'chaos/wild': model('wild'), 'chaos/any': model('wild', 'well') },
  };
}

async function openAccounts(client: MeshClient, adminKey: string) {
  const open = async (name: string, currency: string, amount: string, more: object = {}) => {
    const { id: ownerId } = await client.json('POST', '/v1/owners', adminKey, { name, currency });
    await client.json('POST', `/v1/owners/${ownerId}/topups`, adminKey, { amount, currency, reference: 'first' });
    const wanted = { owner_id: ownerId, rpm_limit: null, rpd_limit: null, ...more };
    const { id: keyId, key } = await client.json('POST', '/v1/keys', adminKey, wanted);
    return { ownerId: String(ownerId), keyId: String(keyId), key: String(key) };
  };
  return {
    rich: await open('Rich', 'USD', '1000'),
    capped: await open('Capped', 'USD', '10', { spend_caps: { daily: DAILY_CAP } }),
    poor: await open('Poor', 'USD', '0.05'),
    rupees: await open('Rupees', 'INR', '500'),
    enemy: await open('Enemy', 'USD', '20'),
  };
}
