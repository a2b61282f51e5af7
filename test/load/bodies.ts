import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { spawnMesh } from '../support/mesh-process.ts';

/**
 * What large and absurd bodies cost a router in a process of its own: the most memory it had beyond what it had before, and
 * how long others waited meanwhile. `node test/load/bodies.ts [how many at once]`
 */
const MIB = 1024 * 1024;
const BODY_BYTES = 32 * MIB;
/** A message may have no more than 1,024. */
const PARTS_A_MESSAGE = 1_000;
const PROBE_EVERY_MS = 20;

const start = '{"model":"acme/wide","max_tokens":1,"messages":[{"role":"user","content":"';
const filled = (piece: string, open = '","x":[', close = '1]}]}') => {
  const room = BODY_BYTES - start.length - open.length - close.length;
  return Buffer.from(start + open + piece.repeat(Math.floor(room / Buffer.byteLength(piece))) + close);
};
const said = (piece: string) => filled(piece, '', '"}]}');
const parts = (type = 'text', list = 'messages') => {
  // Three values each: three hundred thousand in all, as many messages as that takes.
  const part = { type, text: 'w'.repeat(300) };
  const message = { role: 'user', content: Array.from({ length: PARTS_A_MESSAGE }, () => part) };
  const count = Math.floor(BODY_BYTES / (JSON.stringify(message).length + 1)) - 1;
  const said = Array.from({ length: count }, () => message);
  return Buffer.from(JSON.stringify({ model: 'acme/wide', max_tokens: 1, [list]: said }));
};
const bodies: Readonly<Record<string, () => Buffer>> = {
  'refused: objects': () => filled('{},'),
  'refused: brackets': () => filled('[', '","x":', ''),
  'refused: no end': () => said('word ').subarray(0, -4),
  'accepted: text': () => said('word '),
  'accepted: text of two bytes a character': () => said('слово '),
  'accepted: escapes': () => said('\\"\\n\\u00e9'),
  'accepted: parts': () => parts(),
  'accepted: /v1/messages, blocks': () => parts(),
  'accepted: /v1/responses, parts': () => parts('input_text', 'input'),
};

/** What the other thread is asked to send, all at once. */
interface Flood {
  url: string;
  key: string;
  name: string;
  atOnce: number;
}

if (isMainThread) await main();
else if (workerData === 'upstream') await serveUpstream();
else flooder();

/** Answers anything with two words. */
async function serveUpstream(): Promise<void> {
  const upstream = createServer((req, res) => {
    req.resume().on('end', () => {
      const message = { role: 'assistant', content: 'Hi.' };
      const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
      const choices = [{ index: 0, message, finish_reason: 'stop' }];
      res.end(JSON.stringify({ id: 'c', object: 'chat.completion', created: 1, model: 'm', choices, usage }));
    });
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  parentPort?.postMessage((upstream.address() as AddressInfo).port);
}

/** Sends large bodies from a thread of its own, so that what others wait for is the router and not this script. */
function flooder(): void {
  parentPort?.on('message', async ({ url, key, name, atOnce }: Flood) => {
    const body = new Uint8Array(bodies[name]?.() ?? []);
    const headers = { authorization: `Bearer ${key}` };
    const send = async () => {
      const [path = '/v1/chat/completions'] = /\/v1\/\w+/.exec(name) ?? [];
      const reply = await fetch(url + path, { method: 'POST', headers, body });
      const text = await reply.text();
      return reply.ok ? '200' : `${reply.status} ${JSON.parse(text).error.code}`;
    };
    const outcomes = Array.from({ length: atOnce }, () => send().catch((error) => String(error.cause?.code ?? error)));
    parentPort?.postMessage({ outcomes: await Promise.all(outcomes), bytes: body.length });
  });
}

async function main(): Promise<void> {
  const upstream = new Worker(new URL(import.meta.url), { workerData: 'upstream' });
  const thread = new Worker(new URL(import.meta.url), { workerData: 'flood' });
  const [port] = await once(upstream, 'message');
  const folder = await mkdtemp(join(tmpdir(), 'mesh-bodies-'));
  const catalogue = join(folder, 'catalogue.json');
  const base_url = `http://127.0.0.1:${port}/v1`;
  const adminKey = 'mak_1fJjkkpe9PiTw9KSulA8Ghct30vZz4HpdQ5c5b9cPF12xLx6X';
  await writeFile(
    catalogue,
    JSON.stringify({
      providers: { acme: { format: 'chat', base_url, auth: { type: 'none' } } },
      models: {
        'acme/wide': {
          context_length: 100_000_000,
          max_output_tokens: 100,
          endpoints: [{ provider: 'acme', model: 'm', price: { input: '0.01', output: '0.01' } }],
        },
      },
    }),
  );

  async function measure(name: string, atOnce: number): Promise<void> {
    const store = `sqlite:${join(folder, `${Math.random()}.db`)}`;
    const mesh = await spawnMesh({
      MESH_STORE: store,
      MESH_CATALOGUE: catalogue,
      MESH_ADMIN_KEY: adminKey,
      MESH_LOG: 'error' === name ? 'error' : 'info',
    });
    const call = async (method: string, path: string, key: string, sent?: unknown) => {
      const init = { method, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' } };
      const reply = await fetch(
        mesh.url + path,
        sent === undefined
          ? init
          : { ...init, body: Buffer.isBuffer(sent) ? new Uint8Array(sent) : JSON.stringify(sent) },
      );
      return { status: reply.status, text: await reply.text() };
    };
    const owner = JSON.parse((await call('POST', '/v1/owners', adminKey, { name: 'A', currency: 'USD' })).text).id;
    await call('POST', `/v1/owners/${owner}/topups`, adminKey, { amount: '1000', currency: 'USD', reference: 'r' });
    const limits = { rpm_limit: 1_000_000, rpd_limit: 1_000_000 };
    const key = JSON.parse(
      (await call('POST', '/v1/keys', adminKey, { owner_id: owner, label: 'k', ...limits })).text,
    ).key;
    const small = { model: 'acme/wide', max_tokens: 1, messages: [{ role: 'user', content: 'Hi.' }] };
    const waits: number[] = [];
    let probing = true;
    const probe = async () => {
      while (probing) {
        const startedAt = performance.now();
        await call('POST', '/v1/chat/completions', key, small);
        waits.push(performance.now() - startedAt);
        await pause(PROBE_EVERY_MS);
      }
    };
    const most = (waited: number[]) => Math.round(Math.max(...waited));
    for (let warm = 0; warm < 200; warm++) await call('POST', '/v1/chat/completions', key, small);
    const probes = probe();
    await pause(2_000);
    const before = { wait: most(waits.splice(0)), bytes: memory(mesh.child.pid, 'VmRSS') };
    const startedAt = performance.now();
    thread.postMessage({ url: mesh.url, key, name, atOnce } satisfies Flood);
    const [{ outcomes, bytes }] = (await once(thread, 'message')) as [{ outcomes: string[]; bytes: number }];
    const took = performance.now() - startedAt;
    probing = false;
    await probes;
    const extra = memory(mesh.child.pid, 'VmHWM') - before.bytes;
    const counts = Object.entries(Object.groupBy(outcomes, (outcome) => outcome)).map(
      ([outcome, all]) => `${all?.length} × ${outcome}`,
    );
    console.log(
      `${name} | ${atOnce} × ${(bytes / MIB).toFixed(0)} MiB | ${counts.join(', ')} | ${(took / 1_000).toFixed(1)} s | ` +
        `+${(extra / MIB).toFixed(0)} MiB = ${(extra / bytes / atOnce).toFixed(2)} × | ` +
        `others at most ${most(waits)} ms (before ${before.wait} ms, p99 ${Math.round(waits.sort((a, b) => a - b)[Math.floor(waits.length * 0.99)] ?? 0)} ms)`,
    );
    await mesh.kill('SIGTERM');
  }

  try {
    const only = process.argv[3];
    for (const name of Object.keys(bodies)) {
      if (only !== undefined && !name.includes(only)) continue;
      await measure(name, Number(process.argv[2] ?? 1));
    }
  } finally {
    await rm(folder, { recursive: true });
    await Promise.all([thread.terminate(), upstream.terminate()]);
  }
}

function memory(pid: number | undefined, field: 'VmRSS' | 'VmHWM'): number {
  const found = new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1] ?? Number.NaN) * 1024;
}
