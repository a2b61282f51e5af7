import { setTimeout as pause } from 'node:timers/promises';
import { checkLedger } from '../../../functions/core/leases/check-ledger.ts';
import { LEASES } from '../../../functions/core/leases/lease-store.ts';
import type { Documents } from '../../../functions/core/store/documents.ts';
import { openSqliteDocuments } from '../../../functions/platform/documents/sqlite-documents.ts';
import { countRunning } from '../../support/count-running.ts';
import { requestsOf, runClosedLoop, runOpenLoop } from './load.ts';
import { LoadConnection } from './load-connection.ts';
import type { LoadUpstream } from './load-upstream.ts';
import { countDescriptors, readCost } from './process-cost.ts';
import { SMALL_INPUT_BYTES } from './requests.ts';
import { median } from './results.ts';
import { seedStore } from './seed-store.ts';
import { CHAT_MODEL, makeMeshSite, meshVariant, removeMeshSite, startMeshGateway, type Variant } from './variants.ts';

export interface SoakOptions {
  /** How long the load lasts. */
  loadMs: number;
  /** How long is measured before it what the router can do. */
  calibrateMs: number;
  sampleMs: number;
  onSample?: (sample: Sample) => void;
}

export interface Sample {
  atMs: number;
  rssBytes: number;
}

/** What a router was like under load, and what it left when that was over. */
export interface SoakReport {
  perSecond: number;
  requests: number;
  samples: Sample[];
  /** RSS of the last quarter to that of the second, medians: 1 where it is flat. */
  rssGrowth: number;
  /** Files and sockets that are open after the load and were not before. */
  descriptorsLeft: number;
  exitCode: number | null;
  /** What the store says after the router has gone. */
  ledgerFaults: number;
  openLeases: number;
  holds: number;
}

/** What the thread that moves SQLite's journal keeps open once load has started it: a loop (5), the database and its journal. */
export const JOURNAL_THREAD_DESCRIPTORS = 7;

const CONNECTIONS = 16;
const SCRIPT = { chunks: 60, everyMs: 5 };
/** One of so many clients leaves in the middle of its stream. */
const LEAVE_EVERY_MS = 500;
const LEAVE_AFTER_MS = 50;
/** How long a router may take to close what it no longer needs. */
const CLOSE_LIMIT_MS = 5_000;
const POLL_MS = 50;

/** Half of what a router can do, whole replies and streams in turn, and now and then a client that leaves. */
export async function runSoak(upstream: LoadUpstream, options: SoakOptions): Promise<SoakReport> {
  const site = await makeMeshSite(upstream);
  const keys = await seedStore(site, { owners: 4, keysPerOwner: 4, active: 4 });
  const gateway = await startMeshGateway(site);
  const mesh = meshVariant(gateway, keys, async () => {});
  upstream.script = SCRIPT;
  const requests = mix(mesh);
  const load = { connections: CONNECTIONS, warmMs: options.calibrateMs, measureMs: options.calibrateMs, requests };
  const descriptors = countDescriptors(gateway.pid);
  const most = await runClosedLoop(mesh, upstream, { ...load, kind: kinds[0] });
  const perSecond = most.requestsPerSecond / 2;

  const samples: Sample[] = [];
  const startedAt = performance.now();
  const sampler = setInterval(() => {
    const sample = { atMs: performance.now() - startedAt, rssBytes: readCost(gateway.pid).rssBytes };
    samples.push(sample);
    options.onSample?.(sample);
  }, options.sampleMs);
  const leaver = setInterval(() => leave(mesh, requests[1] ?? Buffer.alloc(0)), LEAVE_EVERY_MS);
  const measure = await runOpenLoop(mesh, upstream, { requests, perSecond, warmMs: 0, measureMs: options.loadMs });
  clearInterval(sampler);
  clearInterval(leaver);

  upstream.hangUp();
  const descriptorsLeft = await settle(gateway.pid, descriptors);
  const exitCode = await gateway.stop();
  const documents = await openSqliteDocuments(site.storePath);
  const { faults } = await checkLedger(documents);
  const openLeases = await countWhere(documents, LEASES, 'status', 'open');
  const holds = await countRunning(documents);
  await documents.close();
  await removeMeshSite(site);
  return {
    perSecond,
    requests: measure.requests,
    samples,
    rssGrowth: growth(samples.map(({ rssBytes }) => rssBytes)),
    descriptorsLeft,
    exitCode,
    ledgerFaults: faults.length,
    openLeases,
    holds,
  };
}

const kinds = [false, true].map((stream) => ({ model: CHAT_MODEL, stream, inputBytes: SMALL_INPUT_BYTES })) as [
  Kind,
  Kind,
];
interface Kind {
  model: string;
  stream: boolean;
  inputBytes: number;
}

/** A whole reply, a stream, a whole reply, …, each by the next key. */
function mix(mesh: Variant): Buffer[] {
  const [whole, streams] = kinds.map((kind) => requestsOf(mesh, kind, CONNECTIONS));
  return (whole ?? []).flatMap((request, index) => [request, streams?.[index] ?? request]);
}

function leave(mesh: Variant, request: Buffer): void {
  const client = new LoadConnection(mesh.port);
  client.exchange(request).catch(() => {});
  setTimeout(() => client.close(), LEAVE_AFTER_MS);
}

/** How many more files and sockets are open than before, once that has stopped to fall. */
async function settle(pid: number, before: number): Promise<number> {
  const deadline = performance.now() + CLOSE_LIMIT_MS;
  while (countDescriptors(pid) > before && performance.now() < deadline) await pause(POLL_MS);
  return countDescriptors(pid) - before;
}

async function countWhere(documents: Documents, collection: string, field: string, value: string): Promise<number> {
  return (await documents.query({ collection, where: [{ field, op: '==', value }] })).length;
}

function growth(values: readonly number[]): number {
  const quarter = Math.floor(values.length / 4);
  const early = median(values.slice(quarter, 2 * quarter));
  const late = median(values.slice(-quarter));
  return early === null || late === null ? 1 : late / early;
}
