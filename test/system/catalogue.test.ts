import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { chatFrames, works } from '../support/answers.ts';
import { json, type ScriptedUpstream, type Step, startScriptedUpstream, stream } from '../support/scripted-upstream.ts';
import { type CallReply, type Mesh, startMesh } from '../support/start-mesh.ts';

/** How long a change may take to be served by every instance. Milliseconds. */
const HEARD_WITHIN_MS = 2_000;

let folder: string;
let path: string;
let upstream: ScriptedUpstream;
/** Two instances that share a database file as two processes would, each with a connection of its own. */
let mesh: Mesh;
let other: Mesh;
/** How `acme` answers. */
let answer: (request: Parameters<typeof works>[0]) => Iterable<Step>;

const price = { input: '100', output: '100' };
const large = (input = '100') => ({
  context_length: 10_000,
  max_output_tokens: 1_000,
  endpoints: [{ provider: 'acme', model: 'large', price: { ...price, input } }],
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mesh-catalogue-'));
  path = join(folder, 'catalogue.json');
  await writeFile(path, '{}');
  upstream = await startScriptedUpstream((request) => answer(request));
  const catalogue = {
    providers: { acme: { format: 'chat', base_url: upstream.url, auth: { type: 'none' } } },
    models: { 'acme/large': large() },
  };
  const start = async () =>
    startMesh({ catalogue, cataloguePath: path, documents: await openSqliteDocuments(join(folder, 'mesh.db')) });
  [mesh, other] = [await start(), await start()];
});
afterAll(async () => {
  await mesh.close();
  await other.close();
  await upstream.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  answer = works;
  await admin('POST', '/v1/catalogue/versions/0/restore');
});

const admin = (method: string, at: string, body?: unknown, headers: Record<string, string> = {}, on = mesh) =>
  on.call(method, at, { key: on.adminKey, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
const put = (input: string, headers = {}) => admin('PUT', '/v1/catalogue/models/acme/large', large(input), headers);
const ask = (key: string, on = mesh, more = {}): Promise<CallReply> =>
  on.call('POST', '/v1/chat/completions', {
    key,
    body: { model: 'acme/large', messages: [{ role: 'user', content: 'Hi' }], ...more },
  });
/** Looks again and again, and says after how many milliseconds it held. */
async function until(holds: () => boolean): Promise<number> {
  const from = performance.now();
  while (!holds()) {
    if (performance.now() - from > 10_000) throw new Error('It never held.');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return performance.now() - from;
}
const inputOf = (on: Mesh) => Number(on.services.catalogue().find('acme/large')?.endpoints[0]?.price.input) / 1e6;

describe('a change over the API', () => {
  test('is charged from the next request on, here and on every instance within two seconds', async () => {
    const { key } = await mesh.makeOwner();
    // Four tokens in, two out.
    expect((await ask(key)).body.cost).toBe('0.0006');
    const { status, body, headers } = await put('200');
    expect([status, headers.get('etag'), body.warnings]).toEqual([200, `"${body.version}"`, []]);
    expect(body.difference.prices).toEqual([
      expect.objectContaining({
        model: 'acme/large',
        endpoint: 'acme/large',
        part: 'input',
        before: '100',
        after: '200',
      }),
      expect.objectContaining({ part: 'cacheRead' }),
      expect.objectContaining({ part: 'cacheWrite' }),
      expect.objectContaining({ part: 'cacheWrite1h' }),
      expect.objectContaining({ part: 'inputAudio' }),
    ]);
    expect((await ask(key)).body.cost).toBe('0.001');
    expect(await until(() => inputOf(other) === 200)).toBeLessThan(HEARD_WITHIN_MS);
    expect((await ask(key, other)).body.cost).toBe('0.001');
  });

  test('that has mistakes is told all of them, with the paths of a file, and changes nothing', async () => {
    const wrong = {
      quality: 101,
      endpoints: [{ provider: 'acme', model: 'large', price: { input: '1', outptu: '2' } }],
    };
    const { status, body } = await admin('PUT', '/v1/catalogue/models/acme/large', wrong);
    expect(status).toBe(400);
    expect(body.error.details.mistakes.map((each: { path: string }) => each.path)).toEqual([
      'models["acme/large"].quality',
      'models["acme/large"].endpoints[0].price.output',
      'models["acme/large"].endpoints[0].price.outptu',
    ]);
    expect(inputOf(mesh)).toBe(100);
  });

  test.each<[string, string, unknown, string]>([
    [
      'a model of a provider that there is not',
      'models/acme/new',
      { ...large(), endpoints: [{ ...large().endpoints[0], provider: 'bolt' }] },
      'there is no provider "bolt"',
    ],
    ['a price that is a slip', 'models/acme/large', large('200000'), 'put "confirm": true'],
    ['an id that is none', 'models/__proto__', large(), 'id: must be'],
    ['a provider that models need', 'providers/acme', { format: 'grpc' }, 'providers.acme.format'],
  ])('is refused for %s', async (_name, at, body, message) => {
    const reply = await admin('PUT', `/v1/catalogue/${at}`, body);
    expect([reply.status, reply.body.error.message]).toEqual([400, expect.stringContaining(message)]);
  });

  test('of what somebody else changed meanwhile is a conflict, and names the version', async () => {
    const seen = (await admin('GET', '/v1/catalogue/models/acme/large')).headers.get('etag') ?? '';
    expect((await put('110', { 'if-match': seen })).status).toBe(200);
    const late = await put('120', { 'if-match': seen });
    expect([late.status, late.body.error.code]).toEqual([409, 'conflict']);
    const now = late.body.error.details.version;
    expect((await put('120', { 'if-match': `"${now}"` })).status).toBe(200);
  });

  test('by ten administrators at once is one of them, where they have seen the same', async () => {
    const seen = (await admin('GET', '/v1/catalogue/models')).headers.get('etag') ?? '';
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        admin(
          'PUT',
          '/v1/catalogue/models/acme/large',
          large(String(110 + n)),
          { 'if-match': seen },
          n % 2 ? mesh : other,
        ),
      ),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 409)]);
  });

  test('by ten at once who do not care loses none, and each has a version of its own', async () => {
    const before = (await admin('GET', '/v1/catalogue/versions?limit=1')).body.version;
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        admin('PUT', `/v1/catalogue/models/acme/n${n}`, large(), {}, n % 2 ? mesh : other),
      ),
    );
    expect(replies.map(({ body }) => body.version - before).sort((a, b) => a - b)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ]);
    // What the other instance took is heard of within two seconds.
    const listed = async () => {
      const { data } = (await admin('GET', '/v1/catalogue/models')).body;
      return data.filter(({ id }: { id: string }) => /^acme.n\d$/.test(id)).length;
    };
    while ((await listed()) < 10) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await listed()).toBe(10);
  });

  test('of where credentials go takes a scope of its own, whichever way it is made', async () => {
    const scopes = ['catalogue:read', 'catalogue:write'];
    const { key } = (await admin('POST', '/v1/admin-keys', { scopes })).body;
    const asWriter = (method: string, at: string, body?: unknown) =>
      mesh.call(method, `/v1/catalogue/${at}`, { key, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    expect((await asWriter('PUT', 'models/acme/large', large('140'))).status).toBe(200);
    await admin('PUT', '/v1/catalogue/providers/acme', { base_url: `${upstream.url}/elsewhere` });
    const { version } = (await asWriter('GET', 'providers')).body;
    const tries = [
      await asWriter('PUT', 'providers/acme', { base_url: 'https://evil.example' }),
      await asWriter('PUT', 'models/acme/large', {
        endpoints: [{ ...large().endpoints[0], headers: { host: 'evil.example' } }],
      }),
      await asWriter('DELETE', 'providers/acme'),
      await asWriter('POST', 'versions/0/restore'),
    ];
    for (const { status, body } of tries) {
      expect([status, body.error?.details]).toEqual([403, { scope: 'catalogue:credentials' }]);
    }
    expect((await asWriter('GET', 'providers')).body.version).toBe(version);
  });

  test('is said by layers, and taken back by a DELETE', async () => {
    await put('200');
    const { body } = await admin('GET', '/v1/catalogue/models/acme/large');
    expect(body.layers.map(({ layer }: { layer: string }) => layer)).toEqual(['builtin', 'api']);
    expect(body.effective.endpoints[0].price.input).toBe('200');
    expect((await admin('DELETE', '/v1/catalogue/models/acme/large')).status).toBe(200);
    expect(inputOf(mesh)).toBe(100);
    expect((await admin('DELETE', '/v1/catalogue/models/acme/large')).status).toBe(404);
  });
});

describe('versions', () => {
  test('say who changed what and when, and lead back', async () => {
    const first = (await put('200')).body.version;
    await put('300');
    const { data } = (await admin('GET', '/v1/catalogue/versions?limit=2')).body;
    expect(data).toEqual([
      expect.objectContaining({
        version: first + 1,
        act: 'put',
        kind: 'models',
        id: 'acme/large',
        admin_id: 'configured',
      }),
      expect.objectContaining({ version: first }),
    ]);
    const { body } = await admin('GET', `/v1/catalogue/versions/${first + 1}`);
    expect(body.changes).toEqual([{ kind: 'models', id: 'acme/large', before: large('200'), after: large('300') }]);
    const restored = await admin('POST', `/v1/catalogue/versions/${first}/restore`);
    expect([restored.body.version, inputOf(mesh)]).toEqual([first + 2, 200]);
    expect((await admin('POST', '/v1/catalogue/versions/9999/restore')).status).toBe(404);
  });

  test('are acts in the audit log', async () => {
    const { version } = (await put('210')).body;
    const acts = await mesh.documents.query({ collection: 'changes', limit: 1_000 });
    expect(acts.map(({ data }) => data)).toContainEqual(
      expect.objectContaining({
        act: 'catalogue.put',
        version: BigInt(version),
        id: 'acme/large',
        admin_id: 'configured',
      }),
    );
  });
});

/** An upstream that begins an answer, and ends it when it is told to. */
function held(): () => void {
  let end = () => {};
  const promise = new Promise<void>((resolve) => {
    end = resolve;
  });
  const steps = stream(chatFrames);
  answer = () => [...steps.slice(0, 3), { do: 'until', promise }, ...steps.slice(3)];
  return end;
}

test('a price that is known to change is charged from its moment, and a request keeps what it was quoted', async () => {
  const { key } = await mesh.makeOwner();
  const asked = upstream.requests.length;
  const soon = new Date(mesh.services.now() + 1_500).toISOString();
  const prices = [price, { ...price, input: '200', from: soon }];
  await admin('PUT', '/v1/catalogue/models/acme/large', {
    endpoints: [{ provider: 'acme', model: 'large', price: prices }],
  });
  const end = held();
  const running = ask(key, mesh, { stream: true });
  await upstream.until(({ requests }) => requests.length > asked);
  expect(inputOf(mesh)).toBe(100);
  await until(() => inputOf(mesh) === 200);
  end();
  expect((await running).text).toContain('"cost":"0.0006"');
  answer = works;
  expect((await ask(key)).body.cost).toBe('0.001');
});

describe('a model that is withdrawn', () => {
  test('answers who asked before, at the price of then, and nobody after', async () => {
    const { key } = await mesh.makeOwner();
    const asked = upstream.requests.length;
    const end = held();
    const running = ask(key, mesh, { stream: true });
    await upstream.until(({ requests }) => requests.length > asked);
    const { body } = await admin('PUT', '/v1/catalogue/models/acme/large', null);
    expect(body.difference.models.removed).toEqual(['acme/large']);
    expect(body.warnings).toEqual([
      { code: 'model_removed', subject: 'acme/large', message: expect.stringContaining('Requests under way end') },
    ]);
    const next = await ask(key);
    expect([next.status, next.body.error.code]).toEqual([404, 'model_not_found']);
    end();
    const { text } = await running;
    expect(text).toContain('[DONE]');
    expect(text).toContain('"cost":"0.0006"');
  });
});

test('breakers outlive a change of the catalogue', async () => {
  const keys = [await mesh.makeOwner(), await mesh.makeOwner(), await mesh.makeOwner()].map(({ key }) => key);
  answer = () => json({ error: 'down' }, 500);
  const isOpen = () => mesh.services.health.breakers.list().some((one) => one.standing.state === 'open');
  for (let tries = 0; tries < 20 && !isOpen(); tries++) await ask(keys[tries % keys.length] ?? '');
  expect(isOpen()).toBe(true);
  await put('220');
  expect(inputOf(mesh)).toBe(220);
  expect(isOpen()).toBe(true);
  await admin('POST', '/v1/breakers/acme/large/reset');
});

describe('a draft', () => {
  const check = (body: unknown, query = '') => admin('POST', `/v1/catalogue/drafts/check${query}`, body);

  test('is told what it would change and what it would have made of the last day, and changes nothing', async () => {
    const { key } = await mesh.makeOwner();
    await ask(key);
    const lastDay = async (entry: unknown) => (await check({ models: { 'acme/large': entry } })).body.last_day;
    const told = async () => (await lastDay(large('200'))).rows.length;
    // Usage is counted after its answer.
    while ((await told()) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const { body } = await check({ models: { 'acme/large': large('200') } });
    expect(body).toMatchObject({ valid: true, mistakes: [], moves_credentials: false, warnings: [] });
    const [row] = body.last_day.rows;
    expect(row).toMatchObject({ model: 'acme/large', provider: 'acme', then_provider: 'acme' });
    // Of every answer four tokens in and two out, at 100 and 100 dollars a million, then at 200 and 100.
    expect(Number(row.then_usd) / Number(row.now_usd)).toBeCloseTo(1_000 / 600, 9);
    expect(inputOf(mesh)).toBe(100);
    const gone = await lastDay(null);
    expect(gone.refused_requests).toBeGreaterThanOrEqual(row.requests);
    expect(gone.rows[0].then_provider).toBeNull();
  });

  test('that is wrong is told all of it', async () => {
    const { status, body } = await check({ models: { 'acme/large': { quality: 101 }, 'a/b': { context_length: 0 } } });
    expect([status, body.valid]).toEqual([200, false]);
    expect(body.mistakes.map((each: { path: string }) => each.path)).toEqual([
      'models["acme/large"].quality',
      'models["a/b"].context_length',
    ]);
  });

  test('is warned of a model that no price of today is for', async () => {
    const past = {
      ...large(),
      endpoints: [{ provider: 'acme', model: 'past', price: { ...price, until: '2020-01-01' } }],
    };
    const { body } = await check({ models: { 'acme/past': past } });
    expect(body.warnings).toEqual([expect.objectContaining({ code: 'model_not_served', subject: 'acme/past' })]);
  });

  test('may be a whole file of the operator', async () => {
    const { body } = await check({ models: { 'acme/large': null } }, '?layer=file');
    expect(body.difference.models.removed).toEqual(['acme/large']);
  });

  test('says where it would send credentials, and which are missing', async () => {
    const auth = { type: 'bearer', secret: 'bolt-api-key' };
    const bolt = { format: 'chat', base_url: 'https://bolt.example/v1', auth };
    const { body } = await check({
      providers: { bolt },
      models: { 'bolt/one': { ...large(), endpoints: [{ provider: 'bolt', model: 'one', price }] } },
    });
    expect([body.moves_credentials, body.warnings]).toEqual([
      true,
      [expect.objectContaining({ code: 'secret_missing', subject: 'bolt-api-key' })],
    ]);
  });
});

test('the operator’s file is served while the router runs, and a bad one is said at /readyz', async () => {
  await writeFile(path, JSON.stringify({ models: { 'acme/large': large('130') } }));
  await until(() => inputOf(mesh) === 130);
  await writeFile(path, '{"models": ');
  await until(() => mesh.services.living.invalid().length > 0);
  const ready = await mesh.call('GET', '/readyz');
  expect([ready.status, ready.body.catalogue]).toEqual([200, { invalid: ['file'] }]);
  expect(inputOf(mesh)).toBe(130);
  await writeFile(path, '{}');
  await until(() => inputOf(mesh) === 100);
  expect((await mesh.call('GET', '/readyz')).body.catalogue).toBeUndefined();
});
