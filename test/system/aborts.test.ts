import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FAILURES_IN_A_ROW } from '../../functions/core/health/outcome-window.ts';
import { KEY_BYTES, makeKey } from '../../functions/core/keys.ts';
import { chatFrames } from '../support/answers.ts';
import { connectMesh, type MeshClient } from '../support/mesh-client.ts';
import { type MeshProcess, spawnMesh } from '../support/mesh-process.ts';
import {
  after,
  json,
  type ScriptedUpstream,
  type Step,
  stall,
  startScriptedUpstream,
  stream,
} from '../support/scripted-upstream.ts';

/** How many clients leave in each way. */
const ABORTS = 30;

/** What the endpoint has done when its client leaves. */
const ways: { name: string; streamed: boolean; begun: boolean; script: () => Iterable<Step> }[] = [
  { name: 'a stream before its first byte', streamed: true, begun: false, script: () => [stall] },
  {
    name: 'a stream after its first token',
    streamed: true,
    begun: true,
    script: () => [...after(2, stream(chatFrames)), stall],
  },
  { name: 'a whole answer before its first byte', streamed: false, begun: false, script: () => [stall] },
  {
    name: 'a whole answer after its first byte',
    streamed: false,
    begun: false,
    script: () => [...after(1, stream(['{"id":'], { contentType: 'application/json' })), stall],
  },
];

const adminKey = makeKey('mak', randomBytes(KEY_BYTES));
let folder: string;
let mesh: MeshProcess;
let client: MeshClient;
let upstream: ScriptedUpstream;
/** Whether the endpoints are down. */
let down = false;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mesh-aborts-'));
  upstream = await startScriptedUpstream(({ path }) => {
    const way = ways[Number(/^\/(\d+)\//.exec(path)?.[1])];
    return down || way === undefined ? json({}, 503) : way.script();
  });
  const catalogue = {
    providers: { acme: { format: 'chat', base_url: upstream.url, auth: { type: 'none' } } },
    models: Object.fromEntries(
      ways.map((_way, at) => [
        `acme/${at}`,
        {
          context_length: 8_000,
          max_output_tokens: 100,
          endpoints: [
            {
              provider: 'acme',
              model: `${at}`,
              base_url: `${upstream.url}/${at}`,
              price: { input: '3', output: '15' },
            },
          ],
        },
      ]),
    ),
  };
  await writeFile(join(folder, 'catalogue.json'), JSON.stringify(catalogue));
  mesh = await spawnMesh({
    MESH_STORE: `sqlite:${join(folder, 'mesh.db')}`,
    MESH_CATALOGUE: join(folder, 'catalogue.json'),
    MESH_ADMIN_KEY: adminKey,
  });
  client = connectMesh(mesh.url, adminKey);
}, 30_000);

afterAll(async () => {
  await mesh?.kill('SIGTERM');
  await upstream?.close();
  await rm(folder, { recursive: true, force: true });
}, 30_000);

/** Asks, and leaves when the endpoint is at work, or when something of its answer is here. */
async function leave(key: string, at: number): Promise<void> {
  const { streamed, begun } = ways[at] as (typeof ways)[number];
  const leaving = new AbortController();
  const before = upstream.requests.length;
  const asked = fetch(`${mesh.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({
      model: `acme/${at}`,
      stream: streamed,
      messages: [{ role: 'user', content: 'Say hello, please.' }],
    }),
    signal: leaving.signal,
  });
  if (begun) await (await asked).body?.getReader().read();
  else await upstream.until(({ requests }) => requests.length > before);
  leaving.abort();
  await asked.catch(() => {});
}

const stateOf = async (at: number) => {
  const { endpoints } = await client.json('GET', '/v1/health/endpoints', adminKey);
  return endpoints.find(({ endpoint }: { endpoint: string }) => endpoint === `acme/${at}`);
};

test.each(ways.map(({ name }, at) => [name, at] as const))(
  'clients that leave %s, however many, move no breaker and count for no failure',
  async (_name, at) => {
    down = false;
    const { key, spent } = await client.openAccount();
    const ended = upstream.aborted.length;
    for (let n = 0; n < ABORTS; n++) await leave(key, at);
    // Each exchange is ended as well, so that nobody pays for an answer that nobody reads.
    await upstream.until(({ aborted }) => aborted.length === ended + ABORTS);
    expect(await spent()).toBeGreaterThan(0n);
    expect(await client.json('GET', '/v1/breakers', adminKey)).not.toContainEqual(
      expect.objectContaining({ endpoint: `acme/${at}` }),
    );
    expect(await stateOf(at)).toMatchObject({
      available: true,
      breaker: { state: 'closed' },
      error_rate: 0,
      samples: 0,
    });

    // Had a single one counted, this many failures would open the breaker.
    down = true;
    const fail = async () => {
      const body = { model: `acme/${at}`, messages: [{ role: 'user', content: 'Hello' }] };
      expect((await client.call('POST', '/v1/chat/completions', key, body)).status).toBe(502);
    };
    for (let n = 1; n < FAILURES_IN_A_ROW; n++) await fail();
    expect(await stateOf(at)).toMatchObject({ available: true, breaker: { state: 'closed' } });
    await fail();
    expect(await stateOf(at)).toMatchObject({ available: false, breaker: { state: 'open' } });
  },
  30_000,
);
