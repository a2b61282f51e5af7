import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ALERTS } from '../../functions/core/alerts/alerts.ts';
import { BREAKERS } from '../../functions/core/health/breaker.ts';
import { FIGURES } from '../../functions/core/health/figure-board.ts';
import { parseOwnKeyFee } from '../../functions/core/money/own-key-fee.ts';
import type { Documents } from '../../functions/core/store/documents.ts';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { indexedDocuments } from '../support/indexed-documents.ts';
import { json, type RecordedRequest, type Step, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type Mesh, type MeshOptions, startMesh } from '../support/start-mesh.ts';

const OURS = 'sk-platform-0123456789';
const THEIRS = 'sk-owner-canary-0123456789';
const messages = [{ role: 'user', content: 'Hello' }];
const answer = { choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }] };
const ok = json({ ...answer, usage: { prompt_tokens: 5, completion_tokens: 1 } });
const price = { input: '1000', output: '2000' };

let upstream: Awaited<ReturnType<typeof startScriptedUpstream>>;
let script: (request: RecordedRequest) => readonly Step[];
let mesh: Mesh;
let us: Account;
let others: Account;

const bearer = ({ headers }: RecordedRequest) => headers.authorization?.replace('Bearer ', '');
/** The credentials of what reached the upstream, in order. */
const sent = () => upstream.requests.map(bearer);

const start = (options: MeshOptions = {}) =>
  startMesh({
    env: { ACME_API_KEY: OURS, OTHER_API_KEY: OURS },
    catalogue: {
      providers: Object.fromEntries(
        ['acme', 'other', 'absent'].map((name) => [
          name,
          {
            format: 'chat',
            base_url: `${upstream.url}/${name}`,
            headers: { 'x-account': 'ours' },
            auth: { type: 'bearer', secret: `${name}-api-key` },
          },
        ]),
      ),
      models: {
        'acme/a': {
          context_length: 9_000,
          max_output_tokens: 100,
          endpoints: [
            { provider: 'acme', model: 'm', price },
            { provider: 'other', model: 'm', price: { input: '1', output: '1' } },
          ],
        },
        'absent/a': {
          context_length: 9_000,
          max_output_tokens: 100,
          endpoints: [{ provider: 'absent', model: 'n', price }],
        },
      },
    },
    ...options,
  });

beforeEach(async () => {
  script = () => ok;
  upstream = await startScriptedUpstream((request) => script(request));
  mesh = await start();
  [us, others] = await Promise.all([mesh.makeOwner({ key: { manage: true } }), mesh.makeOwner()]);
});
afterEach(async () => {
  await mesh.close();
  await upstream.close();
});

const add = async (body: object = {}, account = us, at = mesh) =>
  (await at.call('POST', '/v1/provider-keys', { key: account.key, body: { provider: 'acme', key: THEIRS, ...body } }))
    .body;
const chat = (account = us, body: object = {}, headers = {}, at = mesh) =>
  at.call('POST', '/v1/chat/completions', { key: account.key, body: { model: 'acme/a', messages, ...body }, headers });
const isRefusing = (key: string, status: number) => (request: RecordedRequest) =>
  bearer(request) === key ? json({ error: { message: `no: ${key}` } }, status) : ok;
/** Asks until something holds: a change is heard within two seconds. */
async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + 2_000;
  while (!(await holds())) if (performance.now() > until) throw new Error('It was not heard within two seconds.');
}

describe('an owner’s own key', () => {
  test('is sent for that owner alone, costs nothing, and is said in the answer and on the entry', async () => {
    const { id } = await add();
    const own = await chat();
    const theirs = await chat(others);
    expect(sent()).toEqual([THEIRS, OURS]);
    expect(own.headers.get('x-mesh-routing-credential')).toBe('own');
    expect(own.body.mesh.routing).toMatchObject({ credential: 'own', provider: 'acme' });
    expect(own.body.cost).toBe('0');
    expect((await us.balance()).balance_usd).toBe('10');
    expect(theirs.headers.has('x-mesh-routing-credential')).toBe(false);
    expect(theirs.body.mesh.routing).not.toHaveProperty('credential');
    const events = (await mesh.call('POST', '/v1/usage/events', { key: us.key, body: {} })).body;
    expect(events.data ?? events.events).toEqual([
      expect.objectContaining({ own_key: id, endpoint: `acme/m#${id}`, provider: 'acme' }),
    ]);
    const generation = await mesh.call('GET', `/v1/generation?id=${own.body.id}`, { key: us.key });
    expect(generation.body.data).toMatchObject({ is_byok: true });
  });

  test('serves its owner where there is no balance', async () => {
    const poor = await mesh.makeOwner({ amount: '0.000000001', key: { manage: true } });
    expect((await chat(poor)).status).toBe(402);
    await add({}, poor);
    expect((await chat(poor)).status).toBe(200);
    // What may be paid for only with our credential is left out, and what costs nothing goes on.
    await add({ fallback: 'platform' }, poor);
    const lookedAt = async () => (await chat(poor, {}, { 'x-mesh-explain': '1' })).body.mesh.decision.candidates.length;
    await eventually(async () => (await lookedAt()) === 3);
    script = isRefusing(THEIRS, 500);
    expect((await chat(poor)).status).toBe(502);
    expect(sent()).not.toContain(OURS);
  });

  test('makes a model that is served with no credential of ours served to its owner alone', async () => {
    await add({ provider: 'absent' });
    expect((await chat(us, { model: 'absent/a' })).status).toBe(200);
    expect((await chat(others, { model: 'absent/a' })).status).toBe(404);
    expect(sent()).toEqual([THEIRS]);
  });

  test('makes it listed to its owner alone, as long as the key is used, and priced as it costs there', async () => {
    const listed = async ({ key }: Account, headers: Record<string, string> = {}) => {
      const { body } = await mesh.call('GET', '/v1/models', { key, headers });
      const all = Array.isArray(body) ? body : (body.data ?? body.models);
      return all.map(({ id, name }: { id?: string; name: string }) => id ?? name) as string[];
    };
    const etag = async ({ key }: Account) => (await mesh.call('GET', '/v1/models', { key })).headers.get('etag');
    const [before, theirs] = [await etag(us), await etag(others)];
    expect(await listed(us)).not.toContain('absent/a');
    const { id } = await add({ provider: 'absent' });
    await eventually(async () => (await listed(us)).includes('absent/a'));
    expect(await etag(us)).not.toBe(before);
    expect(await etag(others)).toBe(theirs);
    for (const headers of [{}, { 'x-meshapi-sdk': 'x' }, { 'anthropic-version': '2023-06-01' }]) {
      expect(await listed(us, headers)).toContain('absent/a');
      expect(await listed(others, headers)).not.toContain('absent/a');
    }
    for (const path of [
      '/v1/models/absent/a',
      '/v1/models/absent/a/endpoints',
      '/v1beta/models/absent/a',
      '/v1/models/search?q=absent',
    ]) {
      const [ours, nobodys] = [us, others].map(({ key }) => mesh.call('GET', path, { key }));
      expect((await ours)?.text).toContain('absent');
      expect((await nobodys)?.text).not.toContain('"absent/a"');
    }
    expect((await mesh.call('GET', '/v1/models/absent/a', { key: us.key })).body.pricing.prompt).toBe('0');
    await mesh.call('DELETE', `/v1/provider-keys/${id}`, { key: us.key });
    await eventually(async () => !(await listed(us)).includes('absent/a'));
  });

  test('is found where a caller names the provider or the endpoint, and ours is not', async () => {
    await add();
    expect((await chat(us, { provider: { only: ['acme/m'] } })).status).toBe(200);
    expect((await chat(us, { provider: { only: ['other'] } })).status).toBe(400);
    expect(sent()).toEqual([THEIRS]);
  });

  test('that fails is not made good with ours, unless its owner says so', async () => {
    const { id } = await add();
    script = isRefusing(THEIRS, 401);
    const strict = await chat();
    expect([strict.status, strict.body.error.provider_code, sent()]).toEqual([502, '401', [THEIRS]]);
    expect(strict.text).not.toContain(THEIRS);
    await mesh.call('PATCH', `/v1/provider-keys/${id}`, { key: us.key, body: { fallback: 'platform' } });
    await eventually(async () => (await chat()).status === 200);
    const { headers, body } = await chat();
    expect(headers.get('x-mesh-routing-credential')).toBe('platform');
    expect(Number(body.cost)).toBeGreaterThan(0);
    // Nobody of the operator is told of a key that is not his.
    expect(mesh.log.lines.filter(({ message }) => message.includes('refused our credential'))).toEqual([]);
    expect(JSON.stringify(mesh.log.lines)).not.toContain(THEIRS);
  });

  test('goes before ours, whatever the prices and the order that is asked for', async () => {
    await add({ fallback: 'platform' });
    for (const provider of [{}, { sort: 'price' }, { order: ['other'] }]) await chat(us, { provider });
    expect(sent()).toEqual([THEIRS, THEIRS, THEIRS]);
  });

  test('is used no more when it is suspended or deleted, and a newer one takes its place, on all instances', async () => {
    const documents: Documents = await openSqliteDocuments(':memory:');
    const shared = { ...indexedDocuments(documents), close: async () => {} };
    const [one, two] = [await start({ documents: shared }), await start({ documents: shared })];
    const account = await one.makeOwner({ key: { manage: true } });
    const lastSent = async () => {
      await chat(account, {}, {}, two);
      return sent().at(-1);
    };
    expect(await lastSent()).toBe(OURS);
    const first = await add({}, account, one);
    await eventually(async () => (await lastSent()) === THEIRS);
    const second = await add({ key: `${THEIRS}-2` }, account, one);
    await eventually(async () => (await lastSent()) === `${THEIRS}-2`);
    const path = (id: string) => `/v1/provider-keys/${id}`;
    await one.call('PATCH', path(second.id), { key: account.key, body: { status: 'suspended' } });
    await eventually(async () => (await lastSent()) === THEIRS);
    await one.call('DELETE', path(first.id), { key: account.key });
    await eventually(async () => (await lastSent()) === OURS);
    await two.close();
    await one.close();
    await documents.close();
  });
});

describe('what one owner’s key meets', () => {
  test.each([429, 401, 500])('a %s is nothing to anybody else, however often', async (status) => {
    const third = await mesh.makeOwner({ key: { manage: true } });
    await add();
    await add({ key: `${THEIRS}-3` }, third);
    script = isRefusing(THEIRS, status);
    for (let n = 0; n < 8; n++) expect((await chat()).status).toBeGreaterThanOrEqual(429);
    expect((await chat(third)).headers.get('x-mesh-routing-attempts')).toBe('1');
    expect((await chat(others, { provider: { only: ['acme'] } })).headers.get('x-mesh-routing-attempts')).toBe('1');
    expect(sent().slice(-2)).toEqual([`${THEIRS}-3`, OURS]);
    // Nor is anything of it shared or told: no breaker, no figure, no alert.
    expect((await mesh.call('GET', '/v1/breakers', { key: mesh.adminKey })).body).toEqual([]);
    const about = { 'x-mesh-explain': '1' };
    const { candidates } = (await chat(others, {}, about)).body.mesh.decision;
    expect(candidates.map((each: { error_rate: number }) => each.error_rate)).toEqual([0, 0]);
    const stored = await Promise.all(
      [BREAKERS, FIGURES, ALERTS].map((collection) => mesh.documents.query({ collection, limit: 100 })),
    );
    expect(JSON.stringify(stored, (_, part) => (typeof part === 'bigint' ? `${part}` : part))).not.toContain('#pk_');
  });

  test('keeps that key back for itself: where ours may stand in, it does so at once', async () => {
    await add({ fallback: 'platform' });
    script = isRefusing(THEIRS, 429);
    expect((await chat()).headers.get('x-mesh-routing-attempts')).toBe('2');
    expect((await chat()).headers.get('x-mesh-routing-attempts')).toBe('1');
    expect(sent()).toEqual([THEIRS, OURS, OURS]);
  });
});

describe('an address of an owner’s own', () => {
  test('is asked with its own names of models, and without our headers', async () => {
    await add({ base_url: `${upstream.url}/mine`, models: { 'acme/a': 'my-deployment' } });
    await chat();
    const [request] = upstream.requests;
    expect(request?.path).toBe('/mine/chat/completions');
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ model: 'my-deployment' });
    expect(request?.headers).not.toHaveProperty('x-account');
    expect(sent()).toEqual([THEIRS]);
  });

  test('may be of any server that speaks chat', async () => {
    await add({ provider: 'compatible', base_url: `${upstream.url}/v1`, models: { 'acme/a': 'llama' } });
    const { body } = await chat();
    expect([body.mesh.routing.provider, upstream.requests[0]?.path]).toEqual(['compatible', '/v1/chat/completions']);
  });

  test('that leads to a private address is not connected to, whatever its name', async () => {
    const own = await start({ privateProviders: false });
    const account = await own.makeOwner({ key: { manage: true } });
    const { port } = new URL(upstream.url);
    await add({ base_url: `https://localhost:${port}/v1` }, account, own);
    const { status, body } = await chat(account, {}, {}, own);
    expect([status, body.error.provider_code, sent()]).toEqual([502, 'private_address', []]);
    await own.close();
  });

  test('that redirects is not followed', async () => {
    await add();
    script = ({ path }) => (path.startsWith('/acme') ? json({}, 307, { location: `${upstream.url}/elsewhere` }) : ok);
    expect((await chat()).status).toBe(502);
    expect(upstream.requests.map(({ path }) => path)).toEqual(['/acme/chat/completions']);
  });
});

describe('a fee', () => {
  test.each([
    ['0.25', '0.25'],
    // 5 tokens for 1000 dollars a million and one for 2000.
    ['10%', '0.0007'],
  ])('of %s is charged for each answer', async (text, cost) => {
    const own = await start({ ownKeyFee: parseOwnKeyFee(text) ?? { request: 0n } });
    const account = await own.makeOwner({ key: { manage: true } });
    await add({}, account, own);
    const { body } = await chat(account, {}, {}, own);
    expect([body.cost, sent()]).toEqual([cost, [THEIRS]]);
    expect((await account.balance()).balance_usd).toBe(String(10 - Number(cost)));
    await own.close();
  });
});

describe('a test of a key', () => {
  const tested = async (id: string) =>
    (await mesh.call('POST', `/v1/provider-keys/${id}/test`, { key: us.key, body: {} })).body;

  test.each([
    [200, { outcome: 'works', message: 'A model answered.', provider_code: null, model: 'acme/a' }],
    [
      401,
      {
        outcome: 'refused',
        message: 'The provider does not take this key, or not for that model.',
        provider_code: '401',
        model: 'acme/a',
      },
    ],
    [
      429,
      {
        outcome: 'limited',
        message: 'The provider takes the key, and has no time or no quota for it now.',
        provider_code: '429',
        model: 'acme/a',
      },
    ],
    [
      500,
      {
        outcome: 'failed',
        message: 'The provider answered with another error.',
        provider_code: '500',
        model: 'acme/a',
      },
    ],
  ])('that is answered %s says so, and asks for one token with it', async (status, told) => {
    const { id } = await add();
    if (status !== 200) script = isRefusing(THEIRS, status);
    expect(await tested(id)).toEqual(told);
    expect(sent()).toEqual([THEIRS]);
    expect(JSON.parse(upstream.requests[0]?.body ?? '')).toMatchObject({ max_tokens: 1 });
  });

  test('where nobody answers, or no model is asked with it, says so', async () => {
    const { id } = await add({ base_url: 'http://127.0.0.1:9/v1' });
    expect(await tested(id)).toMatchObject({ outcome: 'unreachable', provider_code: 'ECONNREFUSED' });
    const unused = await add({ provider: 'compatible', base_url: upstream.url, models: { 'no/such': 'x' } });
    expect(await tested(unused.id)).toEqual({
      outcome: 'not_served',
      message: 'No chat model of this router is asked with this key.',
      provider_code: null,
      model: null,
    });
    expect(sent()).toEqual([]);
  });
});
