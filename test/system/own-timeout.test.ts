import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { chatFrames } from '../support/answers.ts';
import {
  after,
  json,
  type Script,
  type ScriptedUpstream,
  stall,
  startScriptedUpstream,
  stream,
} from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

let mesh: Mesh;
let account: Account;
let upstream: ScriptedUpstream;
let script: Script;

beforeAll(async () => {
  upstream = await startScriptedUpstream((request) => script(request));
  mesh = await startMesh({
    catalogue: {
      providers: { acme: { format: 'chat', base_url: `${upstream.url}/v1`, auth: { type: 'none' } } },
      models: {
        'acme/m': {
          context_length: 100_000,
          max_output_tokens: 1_000,
          endpoints: [{ provider: 'acme', model: 'm', price: { input: '3', output: '15' } }],
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

const ask = (streamed: boolean, headers: Record<string, string> = {}) =>
  mesh.call('POST', '/v1/chat/completions', {
    key: account.key,
    headers,
    body: { model: 'acme/m', stream: streamed, timeout: 0.2, messages: [{ role: 'user', content: 'Say hello.' }] },
  });
const spent = async () => Math.round((10 - Number((await account.balance()).balance_usd)) * 1e9);
const entries = async () => {
  const { body } = await mesh.call('GET', `/v1/owners/${account.ownerId}/entries?kind=charge`, { key: mesh.adminKey });
  return body.data;
};
/** `Say hello.` and a template: what its client's leaving would cost, too. */
const INPUT_TOKENS = 7;

test.each([false, true])(
  'a timeout while an endpoint is at work pays the input, and says so in its error (stream: %s)',
  async (streamed) => {
    script = () => [stall];
    const reply = await ask(streamed, { 'idempotency-key': 'once' });
    expect([reply.status, reply.headers.get('x-should-retry')]).toEqual([504, 'false']);
    expect(reply.body.error).toMatchObject({
      code: 'gateway_timeout',
      provider_code: 'caller_timeout',
      details: { cost: { currency: 'USD', amount: '0.000021', basis: 'estimated' } },
    });
    expect(await spent()).toBe(INPUT_TOKENS * 3_000);
    const [event] = (await mesh.call('POST', '/v1/usage/events', { key: account.key, body: {} })).body.data;
    expect(event).toMatchObject({
      outcome: 'timed_out',
      basis: 'estimated',
      prompt_tokens: INPUT_TOKENS,
      completion_tokens: 0,
    });
    // As after a leaving: it was charged, so the same key buys no other answer.
    const again = await ask(streamed, { 'idempotency-key': 'once' });
    expect([again.status, again.body.error.details.state]).toEqual([409, 'charged']);
    expect(await entries()).toHaveLength(1);
  },
);

test('an answer that comes whole is the same, although a part of it was here', async () => {
  script = () => [...after(1, stream(['{"id":'], { contentType: 'application/json' })), stall];
  const reply = await ask(false);
  expect([reply.status, reply.body.error.details.cost.amount]).toEqual([504, '0.000021']);
  expect(await spent()).toBe(INPUT_TOKENS * 3_000);
});

test('a stream that has begun pays what was delivered, and its error frame says how much', async () => {
  script = () => [...after(3, stream(chatFrames)), stall];
  const reply = await ask(true);
  expect([reply.status, reply.text.includes('[DONE]')]).toEqual([200, false]);
  const last = JSON.parse(reply.text.trim().split('\n').at(-1)?.slice('data: '.length) ?? '');
  expect(last.error).toMatchObject({ code: 'gateway_timeout', provider_code: 'caller_timeout' });
  const [event] = (await mesh.call('POST', '/v1/usage/events', { key: account.key, body: {} })).body.data;
  expect(event).toMatchObject({ outcome: 'timed_out', prompt_tokens: INPUT_TOKENS });
  expect(event.completion_tokens).toBeGreaterThan(0);
  expect(await spent()).toBe(INPUT_TOKENS * 3_000 + event.completion_tokens * 15_000);
  expect(last.error.details.cost.amount).toBe(event.cost.amount);
});

test('where no endpoint was at work nothing is charged', async () => {
  script = () => json({ error: { message: 'Come again.' } }, 429, { 'retry-after': '1' });
  const reply = await ask(false);
  expect([reply.status, reply.headers.get('x-should-retry'), reply.body.error.details]).toEqual([
    504,
    'false',
    undefined,
  ]);
  expect(await spent()).toBe(0);
});

test('it says nothing of the endpoint', async () => {
  script = () => [stall];
  for (let n = 0; n < 6; n++) await ask(n % 2 === 0);
  const { endpoints } = (await mesh.call('GET', '/v1/health/endpoints', { key: mesh.adminKey })).body;
  expect(endpoints.find(({ endpoint }: { endpoint: string }) => endpoint === 'acme/m')).toMatchObject({
    available: true,
    breaker: { state: 'closed' },
    error_rate: 0,
  });
});
