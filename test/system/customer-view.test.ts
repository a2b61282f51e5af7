import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { MAX_BRIEF_BYTES } from '../../functions/router/way/brief-decision.ts';
import {
  json,
  type Script,
  type ScriptedUpstream,
  startScriptedUpstream,
  stream,
} from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

const SLOW_MS = 120;
const usage = { prompt_tokens: 4, completion_tokens: 2, total_tokens: 6 };
const whole = {
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi.' }, finish_reason: 'length' }],
  usage,
};
const frames = [
  { choices: [{ index: 0, delta: { content: 'Hi.' }, finish_reason: null }] },
  { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage },
].map((each) => `data: ${JSON.stringify(each)}\n\n`);
const streamed = () => stream([...frames, 'data: [DONE]\n\n']);

let upstream: ScriptedUpstream;
let mesh: Mesh;
let account: Account;
let script: Script;

beforeAll(async () => {
  upstream = await startScriptedUpstream((request) => script(request));
  const provider = { format: 'chat', base_url: `${upstream.url}/v1`, auth: { type: 'none' } };
  const endpoint = { model: 'm', price: { input: '3', output: '15' } };
  mesh = await startMesh({
    catalogue: {
      providers: { one: provider, two: provider },
      models: {
        'acme/chat': {
          context_length: 100_000,
          max_output_tokens: 1_000,
          endpoints: [
            { provider: 'one', ...endpoint },
            { provider: 'two', ...endpoint },
          ],
        },
      },
    },
  });
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});
beforeEach(async () => {
  account = await mesh.makeOwner();
});

const ask = (more: object = {}, headers: Record<string, string> = {}, path = '/v1/chat/completions') =>
  mesh.call('POST', path, {
    key: account.key,
    headers,
    body: { model: 'acme/chat', max_tokens: 10, messages: [{ role: 'user', content: 'Hello' }], ...more },
  });
const post = (path: string, body: object, key = account.key) => mesh.call('POST', path, { key, body });
const events = async (body: object = {}) => (await post('/v1/usage/events', body)).body.data;
const generation = (id: string, key = account.key) => mesh.call('GET', `/v1/generation?id=${id}`, { key });

async function untilCounted(requests: number) {
  for (const deadline = performance.now() + 10_000; performance.now() < deadline; ) {
    const { total } = (await post('/v1/usage', {})).body;
    if (total.requests === requests) return total;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('not counted in time');
}

test('a request that every endpoint failed is in usage, events and generations, with its error, and costs nothing', async () => {
  script = () => json({ error: { message: 'down' } }, 500);
  const { status, headers } = await ask();
  expect(status).toBe(502);
  const id = headers.get('x-request-id') ?? '';
  expect(await untilCounted(1)).toMatchObject({ requests: 1, errors: 1, amount: '0', total_tokens: 0 });
  const [event, ...others] = await events();
  expect(others).toEqual([]);
  expect(event).toMatchObject({
    id,
    outcome: 'failed',
    error: 'upstream_error',
    provider_code: '500',
    requested_model: 'acme/chat',
    model: 'acme/chat',
    attempts: 2,
    cost: { amount: '0', usd: '0', inr: '0' },
    finish_reason: null,
    streamed: false,
    surface: 'chat',
  });
  const found = await generation(id);
  expect(found.body.data).toMatchObject({ id, total_cost: 0, mesh: { outcome: 'failed', error: 'upstream_error' } });
  expect(found.body.data.provider_responses).toHaveLength(2);
  const stranger = await mesh.makeOwner();
  expect((await generation(id, stranger.key)).status).toBe(404);
  expect((await post('/v1/usage/events', {}, stranger.key)).body.data).toEqual([]);
  expect(await events({ request_id: id })).toHaveLength(1);
  expect(await events({ outcome: 'finished' })).toEqual([]);
});

test('charges and failures are one list, page by page, the newest first', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 7; n++) {
    script = () => (n % 2 ? json(whole) : json({}, 500));
    ids.unshift((await ask()).headers.get('x-request-id') ?? '');
  }
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const { body } = await post('/v1/usage/events', { limit: 2, ...(cursor === null ? {} : { cursor }) });
    seen.push(...body.data.map(({ id }: { id: string }) => id));
    cursor = body.next_cursor;
  } while (cursor !== null);
  expect(seen).toEqual(ids);
  expect(await events({ outcome: 'failed' })).toHaveLength(4);
});

test('times count from arrival, over all attempts, and say what was waited for', async () => {
  const begin = upstream.requests.length;
  script = ({ index }) => (index === begin ? [{ do: 'wait', milliseconds: SLOW_MS }, ...json({}, 500)] : streamed());
  const startedAt = Date.now();
  await ask({ stream: true });
  const [event] = await events();
  expect(event.attempts).toBe(2);
  // The second endpoint answered at once; its client waited for the first one, too.
  expect(event.first_token_ms).toBeGreaterThanOrEqual(SLOW_MS);
  expect(event.total_ms).toBeGreaterThanOrEqual(event.first_token_ms);
  expect(event.queue_ms + event.hold_ms).toBeLessThanOrEqual(event.first_token_ms);
  expect(Math.abs(Date.parse(event.started_at) - startedAt)).toBeLessThan(5_000);
  expect(Date.parse(event.created_at)).toBeGreaterThan(Date.parse(event.started_at));
});

test('how an answer ended, how it came and what it was asked for are kept, and can be asked for', async () => {
  script = () => json(whole);
  await ask({ session_id: 's-1', user: 'ann' });
  script = streamed;
  await ask({ stream: true }, { 'x-session-id': 's-2' });
  script = () => json(whole);
  await ask({}, { 'x-claude-code-session-id': 's-3' }, '/v1/messages');
  await mesh.call('POST', '/v1/responses', {
    key: account.key,
    headers: { 'session-id': 's-4' },
    body: { model: 'acme/chat', input: 'Hello' },
  });
  const [response, message, chat, first] = await events();
  expect(response).toMatchObject({ finish_reason: 'length', streamed: false, surface: 'responses', session: 's-4' });
  expect(first).toMatchObject({ finish_reason: 'length', streamed: false, surface: 'chat', session: 's-1' });
  expect(chat).toMatchObject({ finish_reason: 'stop', streamed: true, surface: 'chat', session: 's-2' });
  expect(message).toMatchObject({ finish_reason: 'length', streamed: false, surface: 'messages', session: 's-3' });
  const asked = async (filter: object) => (await events(filter)).map(({ session }: { session: string }) => session);
  expect(await asked({ session: 's-2' })).toEqual(['s-2']);
  expect(await asked({ finish_reason: 'length' })).toEqual(['s-4', 's-3', 's-1']);
  expect(await asked({ streamed: true })).toEqual(['s-2']);
  expect(await asked({ surface: 'messages' })).toEqual(['s-3']);
  expect(await asked({ end_user: first.end_user })).toEqual(['s-1']);
  expect((await generation(chat.id)).body.data).toMatchObject({ finish_reason: 'stop', streamed: true });
});

test('metadata is kept where its caller asks for that', async () => {
  script = () => json(whole);
  await ask({ metadata: { ticket: 'T-1', team: 'a' } }, { 'x-mesh-metadata': 'keep' });
  await ask({ metadata: { ticket: 'T-2' } });
  expect((await events()).map(({ metadata }: { metadata: unknown }) => metadata)).toEqual([
    null,
    { ticket: 'T-1', team: 'a' },
  ]);
  expect(await events({ metadata: { ticket: 'T-1' } })).toHaveLength(1);
  expect(await events({ metadata: { ticket: 'T-1', team: 'b' } })).toEqual([]);
  // Names that stores have a meaning for are its caller's all the same, and the request is paid for.
  const odd = { '': 'a', __x__: 'b', $date: '5', constructor: 'c', 'a.b': 'd' };
  await ask({ metadata: odd }, { 'x-mesh-metadata': 'keep' });
  const [event] = await events();
  expect([event.metadata, event.cost.usd]).toEqual([odd, '0.000042']);
  expect(await events({ metadata: { constructor: 'c' } })).toHaveLength(1);
  const refused = await ask({ metadata: { deep: {} } }, { 'x-mesh-metadata': 'keep' });
  expect([refused.status, refused.body.error.param]).toEqual([400, 'metadata']);
});

test('the decision stays with the charge, in few words', async () => {
  script = () => json(whole);
  await ask();
  const [{ decision, endpoint }] = await events();
  expect(decision).toMatchObject({ profile: 'balanced', of: [2, 0] });
  expect(decision.order[0][0]).toBe(endpoint);
  expect(JSON.stringify(decision).length).toBeLessThanOrEqual(MAX_BRIEF_BYTES);
});

test('Mesh API’s clients ask and read in their own words', async () => {
  script = () => json(whole);
  const ids: string[] = [];
  for (let n = 0; n < 3; n++) ids.unshift((await ask()).body.id);
  const since = '2026-01-01T00:00:00Z';
  const { status, body } = await post('/v1/usage/events', { org_id: '', since, limit: 2, model: ['acme/chat', 'x'] });
  expect(status).toBe(200);
  expect(body).toMatchObject({ total: 3, offset: 0, limit: 2, truncated: false });
  expect(body.events.map(({ request_id }: { request_id: string }) => request_id)).toEqual(ids.slice(0, 2));
  expect(body.events[0]).toMatchObject({ cost_usd: '0.000042', model: 'acme/chat', finish_reason: 'length' });
  const rest = await post('/v1/usage/events', { since, offset: 2 });
  expect(rest.body.events.map(({ request_id }: { request_id: string }) => request_id)).toEqual(ids.slice(2));
  expect((await post('/v1/usage/events', { since, model: ['x'] })).body).toMatchObject({ events: [], total: 0 });
  expect((await post('/v1/usage/events', { until: '2020-01-01T00:00:00Z' })).body.total).toBe(0);
});

test('a list of models is another one when the rights of its key change', async () => {
  const list = (etag?: string) =>
    mesh.call('GET', '/v1/models', { key: account.key, headers: etag === undefined ? {} : { 'if-none-match': etag } });
  const etag = (await list()).headers.get('etag') ?? '';
  expect((await list(etag)).status).toBe(304);
  const body = { allowed_models: ['acme/chat'] };
  expect((await mesh.call('PATCH', `/v1/keys/${account.keyId}`, { key: mesh.adminKey, body })).status).toBe(200);
  for (const deadline = performance.now() + 5_000; (await list(etag)).status === 304; ) {
    if (performance.now() > deadline) throw new Error('the old list is given out still');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect((await list()).body.data.map(({ id }: { id: string }) => id)).toEqual(['acme/chat', 'auto']);
});
