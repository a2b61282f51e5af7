import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { json, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

let upstream: Awaited<ReturnType<typeof startScriptedUpstream>>;
let mesh: Mesh;
let us: Account;
let others: Account;
const messages = [{ role: 'user', content: 'Hello' }];

beforeAll(async () => {
  const message = { role: 'assistant', content: 'ok' };
  upstream = await startScriptedUpstream(() =>
    json({
      choices: [{ index: 0, message, finish_reason: 'stop' }],
      usage: { prompt_tokens: 40, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 30 } },
    }),
  );
  const endpoint = { provider: 'acme', model: 'm', price: { input: '1', cache_read: '0.1', output: '2' } };
  mesh = await startMesh({
    catalogue: {
      providers: { acme: { format: 'chat', base_url: upstream.url, auth: { type: 'none' } } },
      models: { 'acme/a': { context_length: 9_000, max_output_tokens: 100, endpoints: [endpoint] } },
    },
  });
  [us, others] = await Promise.all([mesh.makeOwner(), mesh.makeOwner()]);
  const ask = (model: string, session: string, { key }: Account = us) =>
    mesh.call('POST', '/v1/chat/completions', {
      key,
      body: { model, messages },
      headers: { 'x-session-id': session, 'user-agent': 'opencode/1.0' },
    });
  for (const model of ['mesh/echo', 'acme/a', 'acme/a']) expect((await ask(model, 'a/long+name')).status).toBe(200);
  await ask('acme/a', 'other');
  await ask('mesh/echo', 'a/long+name', others);
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});

const read = (id: string, key: string, query = '') => mesh.call('GET', `/v1/sessions/${id}${query}`, { key });

test('a session says what it has used, with which models, and how much came from a cache', async () => {
  const { status, body } = await read(encodeURIComponent('a/long+name'), us.key);
  expect(status).toBe(200);
  // Of 82 tokens that were read 60 came from a cache.
  expect(body).toMatchObject({
    id: 'a/long+name',
    owner_id: us.ownerId,
    requests: 3,
    errors: 0,
    cached_tokens: 60,
    cache_share: Math.floor((60 / body.prompt_tokens) * 10_000) / 10_000,
    clients: ['opencode'],
    truncated: false,
    currency: 'USD',
  });
  expect(body.models.map(({ model, requests }: Record<string, unknown>) => [model, requests])).toEqual([
    ['acme/a', 2],
    ['mesh/echo', 1],
  ]);
  const events = await mesh.call('POST', '/v1/usage/events', { key: us.key, body: { session: 'a/long+name' } });
  const times = events.body.data.map(({ created_at }: { created_at: string }) => created_at);
  expect(times).toHaveLength(3);
  expect([body.last_at, body.first_at]).toEqual([times[0], times[2]]);
  const { total } = (await mesh.call('POST', '/v1/usage', { key: us.key, body: { session: 'a/long+name' } })).body;
  const { first_token_p50_ms: _half, first_token_p95_ms: _most, ...sums } = total;
  expect(body).toMatchObject(sums);
});

test('it is its owner’s, and the administration says whose', async () => {
  expect((await read('a/long+name', others.key)).body.requests).toBe(1);
  const [theirs, nobodys] = await Promise.all(['other', 'nothing'].map((id) => read(id, others.key)));
  expect([theirs?.status, { ...theirs?.body, request_id: '' }]).toEqual([404, { ...nobodys?.body, request_id: '' }]);
  expect((await read('other', mesh.adminKey)).body.error.param).toBe('owner_id');
  expect((await read('other', mesh.adminKey, `?owner_id=${us.ownerId}`)).body.requests).toBe(1);
  expect((await read('other', others.key, `?owner_id=${us.ownerId}`)).status).toBe(404);
  expect((await read('other', us.key, '?page=1')).status).toBe(400);
});
