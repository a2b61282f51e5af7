import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { KEY_BYTES, makeKey } from '../../functions/core/keys.ts';
import { checkLedger } from '../../functions/core/leases/check-ledger.ts';
import { LEASES } from '../../functions/core/leases/lease-store.ts';
import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import { FAILED_REQUESTS } from '../../functions/core/ledger/failed-requests.ts';
import { addSums, noSums, ROLLUPS, toRollup } from '../../functions/core/ledger/rollups.ts';
import { documentId } from '../../functions/core/store/document-id.ts';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { countUsage } from '../../functions/usage/count-usage.ts';
import { countRunning } from '../support/count-running.ts';
import { type MeshProcess, spawnMesh } from '../support/mesh-process.ts';
import {
  json,
  type RecordedRequest,
  type ScriptedUpstream,
  type Step,
  stall,
  startScriptedUpstream,
  stream,
} from '../support/scripted-upstream.ts';
import { uncountedCharges } from '../support/uncounted-charges.ts';

/** Cloud Run kills what has not gone so long after SIGTERM. */
const KILLED_AFTER_MS = 10_000;
/** Requests in flight at SIGTERM: streams that end in time, that never end, that have not begun, and whole answers. */
const EACH = 25;
/** Clients that ask, read, and ask again on the same connection, for as long as they are answered. */
const LOOPING = 25;

const adminKey = makeKey('mak', randomBytes(KEY_BYTES));
const frame = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;
const text = (content: string) => frame({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });
const usage = { prompt_tokens: 20, completion_tokens: 30, total_tokens: 50 };
const last = [
  frame({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
  frame({ choices: [], usage }),
  'data: [DONE]\n\n',
];
const words = Array.from({ length: 30 }, (_, n) => text(`word ${n} `));
const whole = {
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage,
};

/** What the upstream does for each kind of request, which says its kind itself. */
const kinds = {
  quick: () => stream([text('Hello'), ...last]),
  'ends in time': () => stream([...words, ...last], { everyMs: 80 }),
  'never ends': () => [...stream(words.slice(0, 3)), stall],
  'has not begun': () => [stall],
  whole: () => [{ do: 'wait', milliseconds: 2_000 }, ...json(whole)],
} satisfies Record<string, () => Step[]>;
type Kind = keyof typeof kinds;

function script({ body }: RecordedRequest): Step[] {
  const asked = JSON.parse(body) as { messages: { content: Kind }[] };
  return kinds[asked.messages[0]?.content ?? 'quick']();
}

let folder: string;
let upstream: ScriptedUpstream;
let mesh: MeshProcess;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mesh-drain-'));
  upstream = await startScriptedUpstream(script);
  const endpoint = { provider: 'acme', model: 'm', price: { input: '10', output: '20' } };
  const catalogue = {
    providers: { acme: { format: 'chat', base_url: upstream.url, auth: { type: 'none' } } },
    models: { 'acme/m': { context_length: 8_000, max_output_tokens: 100, endpoints: [endpoint] } },
  };
  await writeFile(join(folder, 'catalogue.json'), JSON.stringify(catalogue));
  mesh = await spawnMesh({
    MESH_STORE: `sqlite:${join(folder, 'mesh.db')}`,
    MESH_CATALOGUE: join(folder, 'catalogue.json'),
    MESH_ADMIN_KEY: adminKey,
  });
}, 30_000);

afterEach(async () => {
  if (mesh?.child.exitCode === null) await mesh.kill('SIGKILL');
  await upstream?.close();
  await rm(folder, { recursive: true, force: true });
}, 30_000);

async function admin(path: string, body: unknown) {
  const reply = await fetch(mesh.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}` },
    body: JSON.stringify(body),
  });
  if (reply.status !== 201) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
  return (await reply.json()) as { id: string; key: string };
}

interface Reply {
  kind: Kind;
  status: number;
  requestId: string;
  text: string;
}

async function ask(key: string, kind: Kind): Promise<Reply> {
  const reply = await fetch(`${mesh.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: 'acme/m', stream: kind !== 'whole', messages: [{ role: 'user', content: kind }] }),
  });
  const requestId = reply.headers.get('x-mesh-request-id') ?? '';
  return { kind, status: reply.status, requestId, text: await reply.text() };
}

/** Asks again and again. What is refused before anything was sent is the end of it; what breaks later is thrown. */
async function askUntilRefused(key: string): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (;;) {
    try {
      replies.push(await ask(key, 'quick'));
    } catch (error) {
      if ((error as Error).message === 'fetch failed') return replies;
      throw error;
    }
    if (replies.at(-1)?.status === 503) return replies;
  }
}

/** How an answer ended; an answer that was cut off is none of these. */
function endOf({ status, text }: Reply): 'finished' | 'error frame' | 'refused' | 'cut off' {
  if (status === 503 && 'error' in JSON.parse(text)) return 'refused';
  if (status !== 200) return 'cut off';
  if (text.endsWith('data: [DONE]\n\n') || text.startsWith('{')) return 'finished';
  const end = text.split('\n\n').at(-2) ?? '';
  return end.startsWith('data: {"error":') && text.endsWith('\n\n') ? 'error frame' : 'cut off';
}

test('SIGTERM under load: answers finish or say that they broke, money goes back, and nothing that was used is lost', async () => {
  const owner = await admin('/v1/owners', { name: 'Drained' });
  await admin(`/v1/owners/${owner.id}/topups`, { amount: '100', currency: 'USD', reference: 'first' });
  const { key } = await admin('/v1/keys', { owner_id: owner.id, rpm_limit: null, rpd_limit: null });

  const slow = (['ends in time', 'never ends', 'has not begun', 'whole'] as const).flatMap((kind) =>
    Array.from({ length: EACH }, () => ask(key, kind)),
  );
  const looping = Array.from({ length: LOOPING }, () => askUntilRefused(key));
  await upstream.until(({ requests }) => requests.length >= slow.length + LOOPING * 4);

  const toldAt = performance.now();
  await mesh.kill('SIGTERM');
  const goneMs = performance.now() - toldAt;
  const replies = [...(await Promise.all(slow)), ...(await Promise.all(looping)).flat()];

  expect(mesh.child.exitCode).toBe(0);
  expect(goneMs).toBeLessThan(KILLED_AFTER_MS);
  const ends = (kind: Kind) => [...new Set(replies.filter((reply) => reply.kind === kind).map(endOf))].sort();
  expect(ends('ends in time')).toEqual(['finished']);
  expect(ends('whole')).toEqual(['finished']);
  expect(ends('never ends')).toEqual(['error frame']);
  expect(ends('has not begun')).toEqual(['refused']);
  expect(ends('quick')).not.toContain('cut off');

  const documents = await openSqliteDocuments(join(folder, 'mesh.db'));
  expect((await checkLedger(documents)).faults).toEqual([]);
  expect(await countRunning(documents)).toBe(0);
  // Those that are counted are gone.
  const leases = await documents.query({ collection: LEASES });
  expect(leases.filter(({ data }) => data.status !== 'closed')).toEqual([]);

  // Whatever began is charged, and nothing else; whatever is charged is counted, now or by the marks and notes.
  const began = replies.filter((reply) => endOf(reply) !== 'refused').map(({ requestId }) => requestId);
  const entries = await documents.query({ collection: ENTRIES });
  const charges = entries.filter(({ data }) => data.kind === 'charge');
  expect(charges.map(({ id }) => id).sort()).toEqual(began.map(documentId).sort());
  for (const request_id of await uncountedCharges(documents)) {
    await countUsage(documents, { request_id });
  }
  const counted = (await documents.query({ collection: ROLLUPS }))
    .map(toRollup)
    .filter(({ grain }) => grain === 'day')
    .reduce(addSums, noSums);
  // So is what failed, at no cost.
  const failed = await documents.query({ collection: FAILED_REQUESTS });
  expect(counted.requests).toBe(BigInt(charges.length + failed.length));
  await documents.close();
  process.stdout.write(
    `SIGTERM with ${slow.length + LOOPING} requests in flight: gone after ${Math.round(goneMs)} ms\n`,
  );
}, 60_000);
