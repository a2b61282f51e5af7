import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { CHANGES } from '../../functions/core/changes.ts';
import { errorReply } from '../../functions/formats/chat/error-reply.ts';
import { googleErrorReply } from '../../functions/formats/gemini/error-reply.ts';
import { describeApi } from '../../functions/router/api/meta/openapi-route.ts';
import { completionExamples } from '../../functions/router/operations/chat/examples.ts';
import { chunkReply } from '../../functions/router/operations/chat/reply-schemas.ts';
import { routes } from '../../functions/router/routes.ts';
import { embeddingAnswer } from '../support/embedding-answers.ts';
import { memoryTelemetry } from '../support/memory-telemetry.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type CallReply, type Mesh, startMesh } from '../support/start-mesh.ts';

let mesh: Mesh;
let account: Account;
let chargedId: string;
let adminKeyId: string;
let providerKeyId: string;
let channelId: string;
let ruleId: string;
let deliveryId: string;
let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream((request) => embeddingAnswer(request, 4));
  const vectors = { format: 'chat', base_url: upstream.url, auth: { type: 'none' } };
  const endpoints = [{ provider: 'vectors', model: 'm', price: { input: '1', output: '0' } }];
  mesh = await startMesh({
    telemetry: memoryTelemetry(),
    catalogue: {
      providers: { vectors },
      models: { 'acme/vectors': { model_type: 'embedding', context_length: 1_000, endpoints } },
    },
  });
  account = await mesh.makeOwner();
  const { openai } = account;
  chargedId = (
    await openai.chat.completions.create(
      { model: 'mesh/echo', messages: [{ role: 'user', content: 'Hi' }] },
      { headers: { 'X-Session-Id': 'contract' } },
    )
  ).id;
  const admin = (path: string, body: object) => mesh.call('POST', path, { key: mesh.adminKey, body });
  adminKeyId = (await admin('/v1/admin-keys', { scopes: ['keys:read'] })).body.id;
  const provider = { owner_id: account.ownerId, provider: 'mesh', key: 'sk-contract', fallback: 'platform' };
  providerKeyId = (await admin('/v1/provider-keys', provider)).body.id;
  channelId = (await admin('/v1/alerts/channels', { type: 'webhook', target: 'http://127.0.0.1:9/hook' })).body.id;
  ruleId = (await admin('/v1/alerts/rules', { percent: 10 })).body.id;
  deliveryId = (await admin(`/v1/alerts/channels/${channelId}/test`, {})).body.delivery_id;
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});

const messages = [{ role: 'user', content: 'Hello' }];
const contents = [{ parts: [{ text: 'Hello' }] }];
const bodies: Record<string, () => unknown> = {
  'post /v1/chat/completions': () => ({ model: 'mesh/echo', messages }),
  'post /v1/responses': () => ({ model: 'mesh/echo', input: 'Hello' }),
  'post /v1/messages': () => ({ model: 'mesh/echo', max_tokens: 10, messages }),
  'post /v1/embeddings': () => ({ model: 'acme/vectors', input: ['Hello', 'there'] }),
  'post /v1beta/models/{id+}:generateContent': () => ({ contents }),
  'post /v1beta/models/{id+}:streamGenerateContent': () => ({ contents }),
  'post /v1beta/models/{id+}:countTokens': () => ({ contents }),
  'post /v1beta/models/{id+}:embedContent': () => ({ content: contents[0] }),
  'post /v1beta/models/{id+}:batchEmbedContents': () => ({ requests: [{ content: contents[0] }] }),
  'post /v1/messages/count_tokens': () => ({ model: 'mesh/echo', messages }),
  'post /v1/router/select': () => ({ messages }),
  'post /v1/templates': () => ({ name: 'greeting', system: 'Hello {{ name }}' }),
  'patch /v1/templates/{id}': () => ({ model: 'mesh/echo' }),
  'post /v1/chat/compare': () => ({ models: ['mesh/echo', 'mesh/echo'], messages }),
  'put /v1/rates/USD_INR': () => ({ rate: '88', as_of: '2025-10-01', reason: 'A test' }),
  'put /v1/catalogue/providers/{id+}': () => ({ expected: { first_token_ms: 1 } }),
  'put /v1/catalogue/models/{id+}': () => ({ description: 'It answers with your own words.' }),
  'post /v1/catalogue/drafts/check': () => ({ models: { 'mesh/echo': { description: 'An echo.' } } }),
  'post /v1/usage': () => ({ group_by: ['day', 'model'] }),
  'post /v1/usage/events': () => ({ limit: 5 }),
  'post /v1/usage/refusals': () => ({}),
  'post /v1/end-users/erase': () => ({ owner_id: account.ownerId, user: 'nobody' }),
  'post /v1/owners': () => ({ name: 'Contract' }),
  'post /v1/owners/{id}/topups': () => ({ amount: '1', currency: 'USD', reference: `r${Math.random()}` }),
  'patch /v1/owners/{id}': () => ({
    name: 'Renamed',
    rpm_limit: 1_000,
    spend_caps: { daily: '100' },
    low_balance: '0.5',
  }),
  'post /v1/owners/{id}/adjustments': () => ({ amount: '-1', currency: 'USD', reference: 'fix', reason: 'A test' }),
  'post /v1/owners/{id}/refunds': () => ({ request_id: chargedId, reference: 'back', reason: 'A test' }),
  'post /v1/provider-keys': () => ({ owner_id: account.ownerId, provider: 'mesh', key: 'sk-contract' }),
  'patch /v1/provider-keys/{id}': () => ({ label: 'renamed' }),
  'post /v1/admin-keys': () => ({ label: 'support', scopes: ['keys:read'] }),
  'post /v1/admin-keys/{id}/rotate': () => ({}),
  'post /v1/keys/{id}/rotate': () => ({ grace_seconds: 60 }),
  'post /v1/alerts/channels': () => ({ type: 'webhook', target: 'http://127.0.0.1:9/hook' }),
  'patch /v1/alerts/channels/{id}': () => ({ kinds: ['overage'] }),
  'post /v1/alerts/rules': () => ({ owner_id: account.ownerId, percent: 5 }),
  'patch /v1/alerts/rules/{id}': () => ({ percent: 20 }),
  'post /v1/keys': () => ({
    owner_id: account.ownerId,
    allowed_models: ['mesh/echo'],
    expires_at: '2099-01-01T00:00:00Z',
  }),
  'patch /v1/keys/{id}': () => ({ label: 'renamed', default_params: { temperature: 0.1 } }),
};

function fill(path: string): string {
  if (path === '/v1/generation') return `${path}?id=${chargedId}`;
  if (path.startsWith('/v1/usage')) return path.replace('{id}', chargedId);
  if (/:(batchE|e)mbedContents?$/.test(path)) return path.replace('{id+}', 'acme/vectors');
  if (path.startsWith('/v1/catalogue/providers')) return path.replace('{id+}', 'mesh');
  if (path.startsWith('/v1/catalogue/versions')) return path.replace('{id}', '2');
  if (path.startsWith('/v1/statements')) return path.replace('{id}', new Date().toISOString().slice(0, 7));
  if (path.startsWith('/v1/sessions')) return path.replace('{id+}', 'contract');
  if (path.includes('{id+}')) return path.replace('{id+}', 'mesh/echo');
  if (path.startsWith('/docs')) return path.replace('{id}', 'money');
  if (path.startsWith('/v1/admin-keys')) return path.replace('{id}', adminKeyId);
  if (path.startsWith('/v1/provider-keys')) return path.replace('{id}', providerKeyId);
  if (path.startsWith('/v1/alerts/rules')) return path.replace('{id}', ruleId);
  if (path.startsWith('/v1/alerts/')) return path.replace('{id}', path.includes('channels') ? channelId : deliveryId);
  if (path.startsWith('/v1/templates')) return path.replace('{id}', 'greeting');
  return path.replace('{id}', path.startsWith('/v1/keys') ? account.keyId : account.ownerId);
}

/** What is asked and changes nothing that is administered. */
const asks =
  /^\/v1\/(chat|responses|messages|embeddings|router|usage|catalogue\/drafts)\b|^\/v1beta\/|^\/v1\/provider-keys\/.*\/test$/;
const isAct = ({ method, path, access }: Pick<(typeof routes)[number], 'method' | 'path' | 'access'>) =>
  method !== 'GET' && access !== 'open' && !asks.test(path);
/** Who acted, as the audit log has it, in each line of a call. */
const actorsOf = async ({ headers }: CallReply) => {
  const value = String(headers.get('x-mesh-request-id'));
  const acts = await mesh.documents.query({
    collection: CHANGES,
    where: [{ field: 'request_id', op: '==', value }],
  });
  return acts.map(({ data }) => data.actor);
};

interface Described {
  parameters: { name: string; in: string }[];
  responses: Record<string, { $ref?: string; headers?: Record<string, unknown> }>;
}

/** What the document says of a route. */
function describedAs(method: string, path: string): Described {
  const { paths } = describeApi(routes) as { paths: Record<string, Record<string, Partial<Described>>> };
  const { parameters = [], responses = {} } = paths[path.replace('+}', '}')]?.[method.toLowerCase()] ?? {};
  return { parameters, responses };
}

describe('every route answers as /openapi.json says', () => {
  // What is deleted is asked for before, and the key is suspended last, since the others need it.
  const rank = ({ method, operationId }: Pick<(typeof routes)[number], 'method' | 'operationId'>) =>
    operationId === 'suspendKey' ? 2 : Number(method === 'DELETE');
  const inOrder = [...routes].sort((a, b) => rank(a) - rank(b));
  test.each(inOrder.map((each) => [`${each.method.toLowerCase()} ${each.path}`, each] as const))(
    '%s',
    async (name, route) => {
      const { method, path, access, replies, text, surface } = route;
      const body = bodies[name]?.();
      const key = access === 'admin' || access === 'manage' ? mesh.adminKey : account.key;
      const reply = await mesh.call(method, fill(path), { ...(access === 'open' ? {} : { key }), body });
      const schema = replies[reply.status];
      expect(schema).toBeDefined();
      if (schema === null) expect(reply.text).toBe('');
      else expect(schema?.safeParse(text ? reply.text : reply.body).error?.issues ?? []).toEqual([]);
      const actor = key === mesh.adminKey ? 'admin:configured' : `key:${account.keyId}`;
      expect(await actorsOf(reply)).toEqual(isAct(route) ? [actor] : []);
      // The catalogue takes what is new, and the next ones ask for what is there.
      if (isAct(route) && path.includes('{') && !path.startsWith('/v1/catalogue')) {
        const ofNothing = await mesh.call(method, path.replace(/\{id\+?\}/, 'not_there'), { key, body: body ?? {} });
        expect(await actorsOf(ofNothing)).toHaveLength(ofNothing.status < 300 ? 1 : 0);
      }
      if (access !== 'open') {
        const refused = await mesh.call(method, fill(path), { body });
        expect(refused.status).toBe(401);
        const error = surface.name === 'google' ? googleErrorReply : errorReply;
        expect(error.safeParse(refused.body).error?.issues ?? []).toEqual([]);
        expect(await actorsOf(refused)).toEqual([]);
      }
      const { parameters, responses } = describedAs(method, path);
      const headers = Object.keys(responses[reply.status]?.headers ?? {}).map((each) => each.toLowerCase());
      const sent = [...reply.headers.keys()].filter(
        (each) => (each.startsWith('x-') && each !== 'x-content-type-options') || each === 'etag',
      );
      expect(sent.filter((each) => !headers.includes(each))).toEqual([]);
      expect(headers.includes('etag')).toBe(reply.headers.has('etag'));
      expect(parameters.some(({ in: place }) => place === 'path')).toBe(path.includes('{'));
      if (access === 'admin') {
        const { status } = await mesh.call(method, fill(path), { key: account.key, body });
        expect(status).toBe(403);
      }
    },
  );
});

test('every chunk of a stream is as the document says', async () => {
  const fresh = await mesh.makeOwner();
  const { text } = await mesh.call('POST', '/v1/chat/completions', {
    key: fresh.key,
    body: { model: 'mesh/echo', messages, stream: true },
  });
  const frames = text
    .trimEnd()
    .split('\n\n')
    .slice(0, -1)
    .map((frame) => JSON.parse(frame.slice('data: '.length)));
  expect(frames.length).toBeGreaterThan(1);
  for (const frame of frames) expect(chunkReply.safeParse(frame).error?.issues ?? []).toEqual([]);
});

test('the document names every route once, by an id of its own', () => {
  const { paths } = describeApi(routes) as { paths: Record<string, Record<string, { operationId: string }>> };
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path.replace('+}', '}')}`).sort());
  expect(new Set(routes.map(({ operationId }) => operationId)).size).toBe(routes.length);
});

describe('what the document shows as examples', () => {
  const bodiesShown = routes.flatMap(({ path, body, examples }) =>
    body !== undefined && examples?.body !== undefined ? [[path, body, examples.body] as const] : [],
  );
  test.each(bodiesShown)('%s takes the body', (_path, schema, example) => {
    expect(schema.safeParse(example).error?.issues ?? []).toEqual([]);
  });
  const repliesShown = routes.flatMap(({ path, replies, examples }) =>
    examples?.reply === undefined ? [] : [[path, Object.values(replies)[0], examples.reply] as const],
  );
  test.each(repliesShown)('%s could answer that', (_path, schema, example) => {
    // Nothing is left out either: a reply that is shown has only fields that are described.
    expect(schema?.parse(example)).toEqual(example);
  });
  test('there are some', () => expect([bodiesShown.length > 8, repliesShown.length > 8]).toEqual([true, true]));

  test('a completion is what the router answers to the body beside it', async () => {
    const { key } = await mesh.makeOwner();
    const { body, reply } = completionExamples;
    const answer = (await mesh.call('POST', '/v1/chat/completions', { key, body })).body;
    expect(answer).toMatchObject({ model: reply.model, choices: reply.choices, usage: reply.usage, cost: reply.cost });
    expect(answer.mesh.cost).toEqual(reply.mesh.cost);
  });
});

test('the document is served, and is OpenAPI 3.1', async () => {
  const { body } = await mesh.call('GET', '/openapi.json');
  expect(body).toEqual(JSON.parse(JSON.stringify(describeApi(routes))));
  expect(body.openapi).toBe('3.1.0');
  expect(await new Validator().validate(body)).toEqual({ valid: true });
  const chat = body.paths['/v1/chat/completions'].post;
  expect(chat.requestBody.content['application/json'].schema.required).toEqual(['model', 'messages']);
  expect(Object.keys(chat.responses['200'].content)).toEqual(['application/json', 'text/event-stream']);
});

describe('the document says of a route', () => {
  test('which parameters its query has', () => {
    const names = (method: string, path: string) =>
      describedAs(method, path).parameters.flatMap(({ name, in: place }) => (place === 'query' ? [name] : []));
    expect(names('GET', '/v1/models')).toEqual(['free', 'type', 'provider']);
    expect(names('GET', '/v1/keys')).toEqual(['owner_id', 'limit', 'cursor']);
  });

  test('which headers it heeds', () => {
    const headers = describedAs('POST', '/v1/chat/completions').parameters.map(({ name }) => name);
    const known = ['Idempotency-Key', 'X-Mesh-Explain', 'X-Session-Id', 'X-Session-Affinity', 'X-Mesh-Weight-Profile'];
    expect(headers).toEqual(known);
  });

  test('what it may be refused with, by status', () => {
    const { components } = describeApi(routes) as { components: { responses: Record<string, object> } };
    const { responses } = describedAs('POST', '/v1/owners/{id}/topups');
    const refused = Object.entries(responses).filter(([, { $ref }]) => $ref !== undefined);
    expect(refused.map(([status]) => status)).toEqual(['400', '401', '403', '404', '409', '413', '422', '500', '503']);
    for (const [, { $ref = '' }] of refused) {
      expect(components.responses[$ref.replace('#/components/responses/', '')]).toBeDefined();
    }
    expect(Object.keys(describedAs('POST', '/v1/chat/completions').responses)).toEqual(
      expect.arrayContaining(['402', '429', '502', '504']),
    );
  });
});

test('the document is written once, and not sent again to whoever has it', async () => {
  const first = await mesh.call('GET', '/openapi.json');
  const etag = (first.headers.get('etag') ?? '').replace(/^W\//, '');
  expect(etag).toMatch(/^"[\w-]{22}"$/);
  const again = await mesh.call('GET', '/openapi.json', { headers: { 'if-none-match': etag } });
  expect([again.status, again.text]).toEqual([304, '']);
  const compressed = await mesh.call('GET', '/openapi.json', { headers: { 'if-none-match': `W/${etag}` } });
  expect(compressed.status).toBe(304);
  const other = await mesh.call('GET', '/openapi.json', { headers: { 'if-none-match': '"another"' } });
  expect(other.status).toBe(200);
});

describe('methods', () => {
  test.each([
    ['/v1/models', 'GET, HEAD, OPTIONS'],
    ['/v1/keys/key_1', 'GET, HEAD, PATCH, DELETE, OPTIONS'],
    ['/v1/chat/completions', 'POST, OPTIONS'],
    ['/v1/models/acme/large', 'GET, HEAD, OPTIONS'],
  ])('%s takes %s', async (path, methods) => {
    const options = await mesh.call('OPTIONS', path);
    expect([options.status, options.headers.get('allow')]).toEqual([204, methods]);
    const refused = await mesh.call('PUT', path, { body: {} });
    expect([refused.status, refused.headers.get('allow'), refused.body.error.code]).toEqual([
      405,
      methods,
      'method_not_allowed',
    ]);
  });

  test('HEAD is answered wherever GET is, without a body', async () => {
    const { key } = await mesh.makeOwner();
    const get = await mesh.call('GET', '/v1/models', { key });
    const head = await mesh.call('HEAD', '/v1/models', { key });
    expect([head.status, head.text]).toEqual([200, '']);
    expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'));
    expect((await mesh.call('HEAD', '/v1/chat/completions', { key })).status).toBe(405);
  });

  test('a preflight is told what the path takes, and of a path that is not there nothing', async () => {
    const headers = { origin: 'https://app.example', 'access-control-request-method': 'POST' };
    const known = await mesh.call('OPTIONS', '/v1/chat/completions', { headers });
    expect([known.status, known.headers.get('access-control-allow-methods')]).toEqual([204, 'POST, OPTIONS']);
    const unknown = await mesh.call('OPTIONS', '/v1/nothing', { headers });
    expect([unknown.status, unknown.headers.get('access-control-allow-methods')]).toEqual([404, null]);
  });
});
