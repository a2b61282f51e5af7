import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { modelAnswer } from '../support/model-answers.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type CallReply, type Mesh, startMesh } from '../support/start-mesh.ts';

let mesh: Mesh;
let upstream: ScriptedUpstream;

const DAY_MS = 86_400_000;
const UNIFIED = 'anthropic-ratelimit-unified-';
const answer = { id: 'a1', thinking: '', text: 'Fine.', calls: [] };

beforeAll(async () => {
  upstream = await startScriptedUpstream(
    ({ body, path }) => {
      const steps = [
        ...modelAnswer(path.startsWith('/chat') ? 'chat' : 'messages', JSON.parse(body).stream === true, answer),
      ];
      // What an upstream says of our account is not for our callers.
      return steps.map((step) =>
        step.do === 'head'
          ? {
              ...step,
              headers: { ...step.headers, [`${UNIFIED}status`]: 'rejected', [`${UNIFIED}5h-utilization`]: '0.99' },
            }
          : step,
      );
    },
    { strict: () => null },
  );
  const model = (provider: string) => ({
    context_length: 10_000,
    max_output_tokens: 1_000,
    // A dollar for a thousand tokens.
    endpoints: [{ provider, model: 'm', price: { input: '0', output: '1000' } }],
  });
  mesh = await startMesh({
    catalogue: {
      providers: {
        messages: { format: 'messages', base_url: upstream.url, auth: { type: 'none' } },
        chat: { format: 'chat', base_url: `${upstream.url}/chat/v1`, auth: { type: 'none' } },
      },
      models: { 'acme/messages': model('messages'), 'acme/chat': model('chat') },
    },
  });
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});

const say = (key: string, more: object = {}): Promise<CallReply> =>
  mesh.call('POST', '/v1/messages', {
    key,
    body: { model: 'acme/messages', max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }], ...more },
  });
const unified = ({ headers }: CallReply) =>
  Object.fromEntries(
    [...headers].flatMap(([name, value]) => (name.startsWith(UNIFIED) ? [[name.slice(UNIFIED.length), value]] : [])),
  );

describe('a cap that is reached', () => {
  test('ends a tool at once, and tells its user until when', async () => {
    const { key } = await mesh.makeOwner({ key: { spend_cap_usd: '0.01', spend_cap_window: 'daily' } });
    const { status, headers, body } = await say(key);
    const midnight = Math.ceil(Date.now() / DAY_MS) * DAY_MS;
    expect([status, body.error.type, headers.get('x-should-retry')]).toEqual([429, 'billing_error', 'false']);
    expect(Math.abs(Number(headers.get('retry-after')) - (midnight - Date.now()) / 1_000)).toBeLessThan(10);
    const day = new Date(midnight).toISOString().slice(0, 10);
    expect(body.error.message).toContain(`spend limit reached (daily; resets ${day} 00:00 UTC)`);
  });

  test('is tried again by no client, whatever it is told to try', async () => {
    const { key } = await mesh.makeOwner({ key: { spend_cap_usd: '0.01', spend_cap_window: 'daily' } });
    const before = upstream.requests.length;
    const client = new Anthropic({ apiKey: key, baseURL: mesh.url, maxRetries: 3 });
    const startedAt = performance.now();
    const message = { model: 'acme/messages', max_tokens: 100, messages: [{ role: 'user' as const, content: 'Hi' }] };
    await expect(client.messages.create(message)).rejects.toMatchObject({ status: 429 });
    expect([performance.now() - startedAt < 3_000, upstream.requests.length]).toEqual([true, before]);
  });

  test('for ever says no time', async () => {
    const { key } = await mesh.makeOwner({ key: { spend_cap_usd: '0.01', spend_cap_window: 'total' } });
    const { headers, body } = await say(key);
    expect([headers.get('retry-after'), headers.get('x-should-retry')]).toEqual([null, 'false']);
    expect(body.error.message).toContain('spend limit reached (total).');
  });

  test('of several is the one that holds the longest', async () => {
    const { key } = await mesh.makeOwner({ key: { spend_caps: { daily: '0.01', monthly: '0.02' } } });
    const { body } = await say(key);
    expect(body.error.message).toMatch(/^spend limit reached \(monthly; resets \d{4}-\d\d-01 00:00 UTC\)/);
    expect(body.error.details).toMatchObject({ window: 'monthly', available: '0.01' });
  });
});

test('a balance that is used up says so, and no time', async () => {
  const { key } = await mesh.makeOwner({ amount: '0.01' });
  const { status, headers, body } = await say(key);
  expect([status, body.error.type]).toEqual([429, 'billing_error']);
  expect([headers.get('retry-after'), headers.get('x-should-retry')]).toEqual([null, 'false']);
  expect(body.error.message).toMatch(/^balance used up\. /);
  expect(body.error.details.resets_at).toBeNull();
});

describe('an answer says how far the caps are used', () => {
  test.each([
    ['acme/messages', true],
    ['acme/messages', false],
    ['acme/chat', false],
  ])('of %s, streamed: %s, in our own figures', async (model, stream) => {
    const caps = { daily: '0.5', total: '100' };
    const { key, keyId } = await mesh.makeOwner({ amount: '50', key: { spend_caps: caps } });
    const first = await say(key, { model, stream });
    expect([first.status, unified(first).status, unified(first)['5h-utilization']]).toEqual([
      200,
      'allowed',
      undefined,
    ]);
    const { spending } = (await mesh.call('GET', `/v1/keys/${keyId}/limits`, { key: mesh.adminKey })).body;
    const spent = Number(spending.key.daily.spent);
    expect(spent).toBeGreaterThan(0);
    const second = unified(await say(key, { model, stream }));
    // The head of a stream leaves before its charge is posted.
    const told = stream ? second : unified(first);
    expect(told['daily-utilization']).toBe((Math.floor((spent / 0.5) * 100 + 1e-6) / 100).toFixed(2));
    expect(second).toMatchObject({
      'representative-claim': 'daily',
      reset: second['daily-reset'],
      'total-utilization': '0.00',
    });
    expect(Number(second.reset) * 1_000).toBe(Math.ceil(Date.now() / DAY_MS) * DAY_MS);
  });

  test('and warns when one is nearly used up', async () => {
    const { key } = await mesh.makeOwner({ amount: '50', key: { spend_caps: { daily: '0.105' } } });
    const seen: { status: string; used: number }[] = [];
    for (
      let reply = await say(key, { max_tokens: 5 });
      reply.status === 200;
      reply = await say(key, { max_tokens: 5 })
    ) {
      const { status, 'daily-utilization': used } = unified(reply);
      seen.push({ status: String(status), used: Number(used) });
    }
    expect(seen.length).toBeGreaterThan(10);
    for (const { status, used } of seen) expect(status).toBe(used < 0.75 ? 'allowed' : 'allowed_warning');
    expect(seen[0]?.used).toBeLessThan(0.1);
    expect(seen.at(-1)?.used).toBeGreaterThan(0.9);
  });

  test('where there is none, it is allowed', async () => {
    const { key } = await mesh.makeOwner();
    expect(unified(await say(key, { max_tokens: 5 }))).toEqual({ status: 'allowed' });
  });

  test('to no client of another kind', async () => {
    const { key } = await mesh.makeOwner({ key: { spend_caps: { daily: '1' } } });
    const body = { model: 'acme/chat', max_tokens: 5, messages: [{ role: 'user', content: 'Hi' }] };
    expect(unified(await mesh.call('POST', '/v1/chat/completions', { key, body }))).toEqual({});
  });
});
