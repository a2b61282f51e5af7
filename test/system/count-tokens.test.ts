import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { COUNT_PATIENCE_MS } from '../../functions/router/operations/shared/ask-for-count.ts';
import { MAX_COUNTS_A_MINUTE } from '../../functions/router/operations/shared/count-input.ts';
import {
  json,
  reset,
  type Script,
  type ScriptedUpstream,
  stall,
  startScriptedUpstream,
} from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

let mesh: Mesh;
let account: Account;
let client: Anthropic;
let upstream: ScriptedUpstream;
let script: Script;

const PATH = '/v1/messages/count_tokens';
const counts: Script = () => json({ input_tokens: 4321 });
const hello = {
  model: 'acme/claude',
  messages: [{ role: 'user' as const, content: 'Hello there, how are you today?' }],
};

beforeAll(async () => {
  script = counts;
  upstream = await startScriptedUpstream((request) => script(request), { strict: () => null });
  const price = { input: '3', output: '15' };
  const model = (provider: string, more: object = {}) => ({
    context_length: 10_000,
    max_output_tokens: 2_000,
    capabilities: ['tools', 'vision', 'file', 'reasoning'],
    endpoints: [{ provider, model: 'm', price }],
    ...more,
  });
  mesh = await startMesh({
    env: { ACME_API_KEY: 'sk-acme' },
    catalogue: {
      providers: {
        claude: {
          format: 'messages',
          base_url: upstream.url,
          auth: { type: 'x-api-key', secret: 'acme-api-key' },
          request: { unknown: 'pass' },
        },
        platform: { format: 'messages', base_url: upstream.url, path: '/claude:rawPredict', auth: { type: 'none' } },
        chat: { format: 'chat', base_url: `${upstream.url}/v1`, auth: { type: 'none' } },
      },
      models: {
        'acme/claude': model('claude'),
        'acme/platform': model('platform'),
        'acme/chat': model('chat'),
        'acme/gpt': model('chat', { tokenizer: 'o200k' }),
      },
    },
  });
  account = await mesh.makeOwner({ key: { rpm_limit: 3 } });
  client = new Anthropic({ apiKey: account.key, baseURL: mesh.url, maxRetries: 0 });
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
  expect(JSON.stringify(mesh.log.lines)).not.toContain('how are you');
});

const count = (
  body: object,
  { key = account.key, headers = {} }: { key?: string; headers?: Record<string, string> } = {},
) => mesh.call('POST', `${PATH}?beta=true`, { key, body, headers });

describe('where an endpoint of the model counts', () => {
  test('its count is the answer', async () => {
    expect((await client.messages.countTokens(hello)).input_tokens).toBe(4321);
    expect((await count(hello)).body).toEqual({ input_tokens: 4321, mesh: { basis: 'provider', factor: 1 } });
  });

  test('it gets the request as it came, but for the model, and no limit of what is written', async () => {
    const tools = [{ name: 'f', description: 'd', input_schema: { type: 'object' }, defer_loading: true }];
    await count(
      {
        ...hello,
        // What says how an answer is written is refused there.
        ...{ max_tokens: 5, stream: true, temperature: 1, top_k: 3, stop_sequences: ['END'], service_tier: 'auto' },
        metadata: { user_id: 'u' },
        tools,
        thinking: { type: 'enabled', budget_tokens: 2_000 },
      },
      { headers: { 'anthropic-beta': 'x-1' } },
    );
    const { path, headers, body } = upstream.requests.at(-1) ?? { path: '', headers: {}, body: '{}' };
    expect(path).toBe(PATH);
    expect(headers).toMatchObject({
      'x-api-key': 'sk-acme',
      'anthropic-beta': 'x-1',
      'anthropic-version': '2023-06-01',
    });
    expect(JSON.parse(body)).toEqual({
      ...hello,
      model: 'm',
      tools,
      thinking: { type: 'enabled', budget_tokens: 2_000 },
    });
  });

  test.each<[string, Script]>([
    ['fails', () => json({ type: 'error', error: { type: 'api_error', message: 'x' } }, 500)],
    ['refuses', () => json({ type: 'error', error: { type: 'invalid_request_error', message: 'x' } }, 400)],
    ['breaks off', () => [reset]],
    ['answers something else', () => json({ tokens: 4 })],
    ['answers no end of it', () => json({ input_tokens: 4, more: 'x'.repeat(100_000) })],
    ['does not answer', () => [stall]],
  ])('and it %s, ours is the answer', async (_how, given) => {
    script = given;
    const startedAt = performance.now();
    const { status, body } = await count(hello);
    script = counts;
    expect([status, body.mesh.basis]).toEqual([200, 'counted']);
    expect(body.input_tokens).toBeGreaterThan(8);
    expect(performance.now() - startedAt).toBeLessThan(COUNT_PATIENCE_MS + 2_000);
  });
});

describe('where none does', () => {
  test.each(['acme/platform', 'acme/chat', 'acme/gpt', 'mesh/echo'])('%s is counted by us', async (model) => {
    const before = upstream.requests.length;
    const { status, body } = await count({ ...hello, model });
    expect([status, body.mesh.basis, upstream.requests.length]).toEqual([200, 'counted', before]);
    expect(body.mesh.factor).toBe(model === 'acme/gpt' ? 1 : 1.1);
    expect(body.input_tokens).toBeGreaterThan(8);
    expect(body.input_tokens).toBeLessThan(80);
  });

  test('everything that a model reads is counted', async () => {
    const base = { ...hello, model: 'acme/gpt' };
    const alone = (await count(base)).body.input_tokens;
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA==' } };
    const file = { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'AA==' } };
    for (const [more, least] of [
      [{ system: 'You are brief. '.repeat(100) }, 300],
      [{ tools: [{ name: 'look', description: 'Looks. '.repeat(100), input_schema: { type: 'object' } }] }, 200],
      [{ messages: [...hello.messages, { role: 'assistant', content: 'Fine. '.repeat(100) }, ...hello.messages] }, 150],
      [{ messages: [{ role: 'user', content: [image] }] }, 1_000],
      [{ messages: [{ role: 'user', content: [file] }] }, 1_000],
    ] as const) {
      expect((await count({ ...base, ...more })).body.input_tokens - alone).toBeGreaterThan(least);
    }
  });

  test('an input that is longer than the model takes is counted too', async () => {
    const { status, body } = await count({
      model: 'acme/gpt',
      messages: [{ role: 'user', content: 'one two three four '.repeat(10_000) }],
    });
    expect(status).toBe(200);
    expect(body.input_tokens).toBeGreaterThan(40_000 * 0.97);
  });
});

describe('a count', () => {
  test('costs nothing, and takes nothing of the key’s own rates', async () => {
    expect((await account.balance()).balance_usd).toBe('10');
    const { body } = await mesh.call('POST', '/v1/usage/events', { key: account.key, body: {} });
    expect(body.data).toEqual([]);
    const rates = await mesh.call('GET', '/v1/usage/rate-limits', { key: account.key });
    expect(JSON.stringify(rates.body)).toContain('"remaining":3');
  });

  test('is had without money, of large bodies too, and beyond every cap', async () => {
    const poor = await mesh.makeOwner({ amount: '0.000001', key: { spend_cap_usd: '0', spend_cap_window: 'daily' } });
    const long = { ...hello, model: 'acme/chat', system: 'word '.repeat(300_000) };
    for (const body of [hello, long]) expect((await count(body, { key: poor.key })).status).toBe(200);
  });

  test.each([
    [{ ...hello, model: 'acme/none' }, 404, 'not_found_error'],
    [{ ...hello, messages: 'x' }, 400, 'invalid_request_error'],
    [{ model: 'acme/claude' }, 400, 'invalid_request_error'],
    [[], 400, 'invalid_request_error'],
  ])('of what is no request is refused as Anthropic does: %#', async (body, status, type) => {
    const reply = await count(body);
    expect([reply.status, reply.body.type, reply.body.error.type]).toEqual([status, 'error', type]);
  });

  test('needs a key', async () => expect((await mesh.call('POST', PATH, { body: hello })).status).toBe(401));

  test('has a rate of its own', async () => {
    const { key } = await mesh.makeOwner();
    const replies = await Promise.all(
      Array.from({ length: MAX_COUNTS_A_MINUTE + 5 }, () => count({ ...hello, model: 'mesh/echo' }, { key })),
    );
    const refused = replies.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(5);
    expect(refused[0]?.body.error.type).toBe('rate_limit_error');
    expect(refused[0]?.headers.get('retry-after')).toMatch(/^\d+$/);
    // Nobody else's.
    expect((await count({ ...hello, model: 'mesh/echo' })).status).toBe(200);
    const message = { ...hello, model: 'mesh/echo', max_tokens: 5 };
    expect((await mesh.call('POST', '/v1/messages', { key, body: message })).status).toBe(200);
  }, 60_000);
});
