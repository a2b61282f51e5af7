import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { KEY_BYTES, makeKey } from '../../functions/core/keys.ts';
import { checkLedger } from '../../functions/core/leases/check-ledger.ts';
import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import { addSums, noSums, ROLLUPS, toRollup } from '../../functions/core/ledger/rollups.ts';
import { parseAmount } from '../../functions/core/money/money.ts';
import { documentId } from '../../functions/core/store/document-id.ts';
import type { Documents } from '../../functions/core/store/documents.ts';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { sweep } from '../../functions/sweep/sweep.ts';
import { countUsage } from '../../functions/usage/count-usage.ts';
import { countRunning } from '../support/count-running.ts';
import { silentLog } from '../support/memory-log.ts';
import { type MeshProcess, spawnMesh } from '../support/mesh-process.ts';
import { type ScriptedUpstream, type Step, startScriptedUpstream, stream } from '../support/scripted-upstream.ts';
import { uncountedCharges } from '../support/uncounted-charges.ts';

/** Each round kills or freezes one of three instances at one moment of a request. `npm run test:crash` runs many more. */
const ROUNDS = Number(process.env.CRASH_ROUNDS ?? 10);
const FREEZES = Number(process.env.CRASH_FREEZES ?? 1);
const LEASE_SECONDS = 2;
const INSTANCES = 3;

/**
 * When the victim dies: what the upstream has done by then, and how long after that at most. Milliseconds. `quiet`: it has one request
 * of a key of which it knows nothing, whose lease begins and ends with it; else three.
 */
const moments = [
  { name: 'before the hold', upstream: 'asked', withinMs: 3, stalls: 'never', early: true },
  { name: 'after the hold', upstream: 'asked', withinMs: 10, stalls: 'first', early: false },
  { name: 'mid-stream', upstream: 'sent', withinMs: 5, stalls: 'middle', early: false },
  { name: 'before the post', upstream: 'ended', withinMs: 2, stalls: 'never', early: false },
  { name: 'between post and publish', upstream: 'ended', withinMs: 12, stalls: 'never', early: false },
  { name: 'in the grant that holds', upstream: 'asked', withinMs: 6, stalls: 'never', early: true, quiet: true },
  { name: 'in the end of a lease', upstream: 'ended', withinMs: 6, stalls: 'never', early: false, quiet: true },
  { name: 'before that is told', upstream: 'ended', withinMs: 60, stalls: 'never', early: false, quiet: true },
] as const satisfies readonly Moment[];
interface Moment {
  name: string;
  upstream: 'asked' | 'sent' | 'ended';
  withinMs: number;
  stalls: 'never' | 'first' | 'middle';
  early: boolean;
  quiet?: boolean;
}

const adminKey = makeKey('mak', randomBytes(KEY_BYTES));
let folder: string;
let documents: Documents;
let upstream: ScriptedUpstream;
let instances: MeshProcess[];
let env: Record<string, string>;
let key: string;
let quietKey: string;
/** What clients were told of answers that reached them whole, by request id. */
const told = new Map<string, { amount: bigint; settled: boolean }>();

const frame = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;
const text = (content: string) => frame({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });
const last = [
  frame({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
  frame({ choices: [], usage: { prompt_tokens: 20, completion_tokens: 30, total_tokens: 50 } }),
  'data: [DONE]\n\n',
];

/** The upstream does as the request's own text says. */
function script({ body }: { body: string }): Step[] {
  const stall: Step = { do: 'stall' };
  const [head, ...pieces] = stream([text('Hello '), text('there'), ...last]) as [Step, ...Step[]];
  if (body.includes('stall first')) return [stall];
  if (body.includes('stall middle')) return [head, ...pieces.slice(0, 2), stall];
  if (body.includes('pause middle')) {
    return [head, ...pieces.slice(0, 2), { do: 'until', promise: thawed }, ...pieces.slice(2)];
  }
  return [head, ...pieces];
}
let thawed: Promise<void> = Promise.resolve();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mesh-crash-'));
  upstream = await startScriptedUpstream(script);
  const catalogue = {
    providers: { acme: { format: 'chat', base_url: upstream.url, auth: { type: 'none' } } },
    models: {
      'acme/m': {
        context_length: 8_000,
        max_output_tokens: 100,
        endpoints: [{ provider: 'acme', model: 'm', price: { input: '10', output: '20' } }],
      },
    },
  };
  await writeFile(join(folder, 'catalogue.json'), JSON.stringify(catalogue));
  env = {
    MESH_STORE: `sqlite:${join(folder, 'mesh.db')}`,
    MESH_CATALOGUE: join(folder, 'catalogue.json'),
    MESH_ADMIN_KEY: adminKey,
    MESH_LEASE_SECONDS: String(LEASE_SECONDS),
  };
  instances = [await spawnMesh(env)];
  while (instances.length < INSTANCES) instances.push(await spawnMesh(env));
  documents = await openSqliteDocuments(join(folder, 'mesh.db'));
  const owner = await admin('/v1/owners', { name: 'Crash' });
  await admin(`/v1/owners/${owner.id}/topups`, { amount: '100', currency: 'USD', reference: 'first' });
  const makeOne = async () => (await admin('/v1/keys', { owner_id: owner.id, rpm_limit: null, rpd_limit: null })).key;
  key = await makeOne();
  quietKey = await makeOne();
}, 60_000);

afterAll(async () => {
  await Promise.all(instances.map(({ child, kill }) => (child.exitCode === null ? kill('SIGKILL') : null)));
  await documents?.close();
  await upstream?.close();
  await rm(folder, { recursive: true, force: true });
}, 30_000);

async function admin(path: string, body: unknown) {
  const reply = await fetch((instances[0] as MeshProcess).url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}` },
    body: JSON.stringify(body),
  });
  if (reply.status !== 201) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
  return (await reply.json()) as { id: string; key: string };
}

/** Asks an instance and notes what it says at the end. Whatever breaks on the way is no news here. */
async function ask({ url }: MeshProcess, content: string, asKey = key): Promise<void> {
  try {
    const reply = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${asKey}` },
      body: JSON.stringify({ model: 'acme/m', stream: true, messages: [{ role: 'user', content }] }),
    });
    const all = await reply.text();
    if (!all.endsWith('data: [DONE]\n\n')) return;
    const { mesh } = JSON.parse(all.split('\n\n').at(-3)?.slice(6) ?? '') as {
      mesh: { request_id: string; settled: boolean; cost: { amount: string } };
    };
    const { amount } = mesh.cost;
    told.set(mesh.request_id, { amount: amount === '0' ? 0n : parseAmount(amount, ''), settled: mesh.settled });
  } catch {
    // It died.
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const runSweep = () => sweep({ documents, events: { publish: async () => {}, close: async () => {} }, log: silentLog });

async function killAt(moment: Moment, round: number): Promise<void> {
  const { upstream: state, withinMs, stalls, early, quiet = false } = moment;
  const at = round % INSTANCES;
  const victim = instances[at] as MeshProcess;
  const others = instances.filter((each) => each !== victim);
  // It would wait for other transactions of the owner.
  const crowd = quiet ? [] : others.map((each) => ask(each, 'Hello'));
  const before = upstream.requests.length;
  const count = quiet ? 1 : 3;
  const content = stalls === 'never' ? 'Hello' : `stall ${stalls}`;
  const asked = Array.from({ length: count }, () => ask(victim, content, quiet ? quietKey : key));
  if (!early) await Promise.race([upstream.until(({ requests }) => requests.length >= before + count), pause(2_000)]);
  if (state === 'sent') await pause(20);
  await pause(Math.random() * withinMs);
  await victim.kill('SIGKILL');
  await Promise.all([...asked, ...crowd]);
  const checked = await checkLedger(documents);
  expect(checked.faults).toEqual([]);
  instances[at] = await spawnMesh(env);
}

async function freeze(round: number): Promise<void> {
  const victim = instances[round % INSTANCES] as MeshProcess;
  let go = () => {};
  thawed = new Promise((resolve) => {
    go = resolve;
  });
  const before = upstream.requests.length;
  const asked = ask(victim, 'pause middle');
  await upstream.until(({ requests }) => requests.length > before);
  await pause(100);
  await victim.kill('SIGSTOP');
  await pause(LEASE_SECONDS * 1_000 + 500);
  const report = await runSweep();
  expect(report.leases_closed).toBeGreaterThanOrEqual(1);
  await victim.kill('SIGCONT');
  go();
  await asked;
  expect((await checkLedger(documents)).faults).toEqual([]);
  // It is well again: the next request gets a lease of its own.
  const known = told.size;
  await ask(victim, 'Hello');
  expect(told.size).toBe(known + 1);
}

test(
  'whatever dies at whatever moment, nobody is charged twice or for nothing, and every charge is counted once',
  async () => {
    for (let round = 0; round < ROUNDS; round++) await killAt(moments[round % moments.length] ?? moments[0], round);
    for (let round = 0; round < FREEZES; round++) await freeze(round);
    for (let n = 0; n < 20; n++) await ask(instances[n % INSTANCES] as MeshProcess, 'Hello');
    await Promise.all(instances.map(({ kill }) => kill('SIGTERM')));

    await pause(LEASE_SECONDS * 1_000 + 500);
    await runSweep();
    for (const request_id of await uncountedCharges(documents)) {
      await countUsage(documents, { request_id });
    }
    expect(await uncountedCharges(documents)).toEqual([]);

    expect((await checkLedger(documents)).faults).toEqual([]);
    expect(await countRunning(documents)).toBe(0);
    expect(told.size).toBeGreaterThanOrEqual(20);
    for (const [requestId, { amount, settled }] of told) {
      const entry = await documents.get(ENTRIES, documentId(requestId));
      if (settled) expect([requestId, entry?.data.amount ?? 0n]).toEqual([requestId, amount]);
    }
    const charges = (await documents.query({ collection: ENTRIES })).filter(({ data }) => data.kind === 'charge');
    const usage = (await documents.query({ collection: ROLLUPS }))
      .map(toRollup)
      .filter(({ grain }) => grain === 'day')
      .reduce(addSums, noSums);
    expect(usage.requests).toBe(BigInt(charges.length));
    expect(usage.amount).toBe(charges.reduce((sum, { data }) => sum + (data.amount as bigint), 0n));
    expect(charges.every(({ data }) => data.usd !== undefined)).toBe(true);
  },
  120_000 + ROUNDS * 6_000 + FREEZES * 10_000,
);
