import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import type { FormatName } from '../../functions/core/endpoints/endpoint.ts';
import { PING_INTERVAL_MS } from '../../functions/router/http/event-stream.ts';
import { readAnswer, respond } from '../support/responses-client.ts';
import { type Act, saidIn } from '../support/said-in.ts';
import { json, type Script, type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';
import { formatOfPath } from '../support/strict-upstream.ts';

type Fields = Record<string, unknown>;

let script: Script;
let upstream: ScriptedUpstream;
let mesh: Mesh;
let account: Account;

beforeAll(async () => {
  upstream = await startScriptedUpstream((request) => script(request));
  const provider = (format: FormatName, more: Fields = {}) => ({
    format,
    base_url: format === 'messages' ? upstream.url : `${upstream.url}/v1`,
    auth: { type: 'none' },
    ...more,
  });
  const model = (name: string) => ({
    context_length: 10_000,
    max_output_tokens: 2_000,
    capabilities: ['tools', 'reasoning', 'json_schema'],
    endpoints: [{ provider: name, model: 'm', price: { input: '3', output: '15' } }],
  });
  mesh = await startMesh({
    catalogue: {
      providers: {
        relay: provider('responses', { request: { unknown: 'pass' } }),
        plain: provider('responses'),
        lacking: provider('responses', { request: { fields: ['temperature'] } }),
        claude: provider('messages'),
      },
      models: Object.fromEntries(['relay', 'plain', 'lacking', 'claude'].map((name) => [`acme/${name}`, model(name)])),
    },
  });
  account = await mesh.makeOwner({ key: { rpm_limit: 10_000 } });
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});

/** What is left as it is where time is moved by hand. */
const allButIntervals = [
  'Date',
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setTimeout',
  'clearTimeout',
] as const;
const isStreamed = ({ body }: { body: string }) => JSON.parse(body).stream === true;
/** The answers of a conversation, the last one again and again. */
function answers(...turns: (readonly Act[])[]): void {
  let turn = 0;
  script = (request) => {
    const acts = turns[Math.min(turn++, turns.length - 1)] ?? [];
    return saidIn(formatOfPath(request.path) as FormatName, isStreamed(request), acts);
  };
}
const sent = () => JSON.parse(upstream.requests.at(-1)?.body ?? '{}') as Fields;
const call = (body: unknown, key = account.key) => mesh.call('POST', '/v1/responses', { key, body });
const models = ['acme/relay', 'acme/plain', 'acme/claude'];

const weather = {
  type: 'function' as const,
  name: 'weather',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
  strict: true,
};
const thoughtful: Act[] = [
  { think: 'Well.', seal: 'sig-1' },
  { say: 'Let me look.' },
  { call: 'weather', id: 'call_a', args: { city: 'Pune' } },
];

describe.each(models)('the official client on %s', (model) => {
  test('creates a response', async () => {
    answers([{ say: 'Hello there.' }]);
    const response = await account.openai.responses.create({ model, input: 'Hello' });
    expect([response.output_text, response.status, response.model]).toEqual(['Hello there.', 'completed', model]);
    expect(response.usage).toMatchObject({ input_tokens: 10, output_tokens: 5, total_tokens: 15 });
  });

  test('streams one, and puts it together', async () => {
    answers(thoughtful);
    const stream = account.openai.responses.stream({
      model,
      input: 'Hello',
      tools: [weather],
      reasoning: { summary: 'auto' },
    });
    const types: string[] = [];
    for await (const { type } of stream) types.push(type);
    const final = await stream.finalResponse();
    expect(types[0]).toBe('response.created');
    expect(types.at(-1)).toBe('response.completed');
    expect(final.output_text).toBe('Let me look.');
    expect(final.output.filter(({ type }) => type === 'function_call')).toMatchObject([
      { name: 'weather', call_id: 'call_a', arguments: '{"city":"Pune"}' },
    ]);
    expect(final.output.find(({ type }) => type === 'reasoning')).toMatchObject({ summary: [{ text: 'Well.' }] });
  });

  test('parses one by a schema', async () => {
    answers([{ say: '{"city":"Pune","degrees":31}' }]);
    const parsed = await account.openai.responses.parse({
      model,
      input: 'Hello',
      text: { format: zodTextFormat(z.object({ city: z.string(), degrees: z.number() }), 'weather') },
    });
    expect(parsed.output_parsed).toEqual({ city: 'Pune', degrees: 31 });
    expect(JSON.stringify(sent())).toContain('degrees');
  });

  test.each([true, false])('clients that refer to items by their ids find them again, streamed: %s', async (stream) => {
    answers(thoughtful, [{ say: 'Sunny.' }]);
    const hello = { role: 'user', content: 'Hello' };
    const asked = { model, tools: [weather], reasoning: { effort: 'medium' }, stream };
    const first = await respond(mesh, account.key, { ...asked, input: [hello] });
    // As `@ai-sdk/openai` does it: what has an id is not sent again, but for calls.
    const references = first.items.map((item) =>
      item.type === 'function_call'
        ? { type: 'function_call', call_id: item.call_id, name: item.name, arguments: item.arguments }
        : { type: 'item_reference', id: item.id },
    );
    const output = { type: 'function_call_output', call_id: 'call_a', output: 'warm' };
    const second = await respond(mesh, account.key, { ...asked, input: [hello, ...references, output] });
    expect([second.status, second.text]).toEqual([200, 'Sunny.']);
    const body = JSON.stringify(sent());
    expect(body).toContain('Let me look.');
    expect(body).toContain('"sig-1"');
  });
});

describe.each(models)('clients that send items whole, without what only their ids carry, on %s', (model) => {
  test.each([true, false])('keep the thoughts of their model, streamed: %s', async (stream) => {
    answers(thoughtful, [{ say: 'Sunny.' }]);
    const hello = { role: 'user', content: 'Hello' };
    const asked = { model, tools: [weather], reasoning: { effort: 'medium' }, stream };
    const first = await respond(mesh, account.key, { ...asked, input: [hello] });
    expect(JSON.stringify(first.items)).not.toContain('encrypted_content');
    const output = { type: 'function_call_output', call_id: 'call_a', output: 'warm' };
    const second = await respond(mesh, account.key, { ...asked, input: [hello, ...first.items, output] });
    expect([second.status, second.text]).toEqual([200, 'Sunny.']);
    expect(JSON.stringify(sent())).toContain('"sig-1"');
  });
});

describe('what is refused before money is held, with the field that is wrong', () => {
  const hello = { model: 'acme/relay', input: 'Hello' };
  test.each([
    [{ ...hello, previous_response_id: 'resp_1' }, 'previous_response_id', /not stored/],
    [{ ...hello, conversation: 'conv_1' }, 'conversation', /not stored/],
    [{ ...hello, background: true }, 'background', /not stored/],
    [{ ...hello, prompt: { id: 'p' } }, 'prompt', /stored/],
    [{ ...hello, truncation: 'auto' }, 'truncation', /disabled/],
    [{ ...hello, service_tier: 'priority' }, 'service_tier', /standard/],
    [{ ...hello, context_management: [{ type: 'compaction' }] }, 'context_management', /billed/],
    [
      { ...hello, tools: [weather, { type: 'code_interpreter', container: { type: 'auto' } }] },
      'tools.1.type',
      /not served/,
    ],
    [{ ...hello, tools: [{ type: 'web_search\r\nx: y' }] }, 'tools.0.type', /not served/],
    [{ ...hello, tools: [{ type: 'file_search', vector_store_ids: ['v'] }] }, 'tools.0.type', /not served/],
    [
      { ...hello, tools: [{ type: 'mcp', server_label: 'x', server_url: 'https://x.test' }] },
      'tools.0.type',
      /not served/,
    ],
    [{ ...hello, tools: [{ type: 'shell', environment: { type: 'container_auto' } }] }, 'tools.0.type', /not served/],
    [
      { ...hello, tools: [weather, { type: 'web_search' }], tool_choice: { type: 'web_search' } },
      'tool_choice',
      /not among/,
    ],
    [{ ...hello, tools: [weather], tool_choice: { type: 'function', name: 'other' } }, 'tool_choice', /not among/],
    [{ ...hello, tools: [{ type: 'function' }] }, 'tools.0.name', /./],
    [{ ...hello, input: [{ role: 'robot', content: 'x' }] }, 'input.0.role', /./],
    [
      { ...hello, input: [{ type: 'message', role: 'user', content: [{ type: 'input_sound' }] }] },
      'input.0.content.0.type',
      /./,
    ],
    [
      { ...hello, input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'file_1' }] }] },
      'input.0.content.0.file_id',
      /stored/,
    ],
    [{ ...hello, input: [5] }, 'input.0', /./],
    [{ ...hello, input: [] }, 'input', /./],
    [{ ...hello, input: [{ type: 'web_search_call', id: 'ws_1' }] }, 'input', /nothing/],
    [{ model: 'acme/relay' }, 'input', /./],
    [{ ...hello, input: [{ type: 'item_reference', id: 'msg_1' }] }, 'input.0.id', /store: false/],
    [{ ...hello, max_output_tokens: 0 }, 'max_output_tokens', /./],
    [{ ...hello, reasoning: { effort: 'most' } }, 'reasoning.effort', /./],
  ])('%j', async (body, param, message) => {
    script = () => {
      throw new Error('nobody may be asked');
    };
    const { status, body: reply } = await call(body);
    expect([status, reply.error.code, reply.error.param]).toEqual([400, 'invalid_request_error', param]);
    expect(reply.error.message).toMatch(message);
  });

  test.each(models)('a result without a call, on %s', async (model) => {
    answers([{ say: 'x' }]);
    const input = [
      { role: 'user', content: 'x' },
      { type: 'function_call_output', call_id: 'call_x', output: 'y' },
    ];
    const { status, body } = await call({ model, input });
    // A relay's provider has its own words.
    expect([status, body.error.param]).toEqual([400, model === 'acme/claude' ? 'input' : null]);
  });
});

describe('a relay', () => {
  test('sends what OpenAI alone knows, and takes out what is billed apart', async () => {
    answers([{ say: 'x' }]);
    const { headers } = await call({
      model: 'acme/relay',
      input: 'Hello',
      tools: [weather, { type: 'local_shell' }, { type: 'web_search' }, { type: 'image_generation' }],
      service_tier: 'auto',
      store: true,
      client_metadata: { a: 'b' },
      provider: { order: ['relay'] },
    });
    expect(sent()).toEqual({
      model: 'm',
      input: 'Hello',
      tools: [weather, { type: 'local_shell' }],
      store: false,
      include: ['reasoning.encrypted_content'],
      max_output_tokens: 2_000,
      service_tier: 'default',
    });
    expect(headers.get('x-mesh-dropped-tools')).toBe('web_search, image_generation');
  });

  test('leaves out what official SDKs add to the answers that they parse', async () => {
    answers([{ say: 'x' }]);
    const { status } = await call({
      model: 'acme/relay',
      tools: [weather],
      input: [
        { role: 'user', content: 'Hello' },
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: '{}', parsed: {} }] },
        { type: 'function_call', call_id: 'a', name: 'weather', arguments: '{}', parsed_arguments: {} },
        { type: 'function_call_output', call_id: 'a', output: 'x' },
      ],
    });
    expect(status).toBe(200);
    expect(JSON.stringify(sent())).not.toContain('parsed');
  });

  test('keeps to what its endpoint says that it takes', async () => {
    answers([{ say: 'x' }]);
    const { status, headers } = await call({
      model: 'acme/plain',
      input: [
        { role: 'user', content: 'Hello' },
        { type: 'web_search_call', id: 'ws_1', status: 'completed' },
      ],
      tools: [weather, { type: 'local_shell' }],
      something_new: 1,
    });
    expect(status).toBe(200);
    expect(JSON.stringify(sent())).not.toMatch(/local_shell|something_new|web_search/);
    expect(headers.get('x-mesh-dropped-tools')).toBe('local_shell');
  });

  test('holds money for what only its model reads', async () => {
    const hello = { role: 'user', content: 'Hello' };
    const asked = { model: 'acme/relay', max_output_tokens: 16 };
    const holds = async (more: Fields) => {
      const poor = await mesh.makeOwner({ amount: '0.000001' });
      const { body } = await call({ ...asked, input: [hello], ...more }, poor.key);
      return Number(body.error.details.required);
    };
    const plain = await holds({});
    expect(await holds({ tools: [{ type: 'local_shell' }] })).toBeGreaterThan(plain);
    const output = { type: 'local_shell_call_output', id: 'x', output: 'word '.repeat(1_000) };
    expect(await holds({ input: [hello, output, hello] })).toBeGreaterThan(plain + 0.002);
  });

  test('passes events on that nobody here knows', async () => {
    answers([{ say: 'x' }]);
    const unknown = { type: 'response.something.new', output_index: 0, thing: 1 };
    script = (request) => {
      const steps = [...saidIn('responses', isStreamed(request), [{ say: 'x' }])];
      steps.splice(-1, 0, {
        do: 'send',
        bytes: Buffer.from(`event: ${unknown.type}\ndata: ${JSON.stringify(unknown)}\n\n`),
      });
      return steps;
    };
    const { text } = await call({ model: 'acme/relay', input: 'Hello', stream: true });
    expect(text).toMatch(
      /event: response\.something\.new\ndata: \{"type":"response\.something\.new","output_index":0,"thing":1,"sequence_number":\d+\}/,
    );
  });
});

test('a field that its caller insists on is not left out on a relay either', async () => {
  answers([{ say: 'x' }]);
  const asked = { model: 'acme/relay', input: 'Hello', metadata: { a: 'b' } };
  const lacking = { ...asked, model: 'acme/lacking' };
  expect((await call(lacking)).status).toBe(200);
  expect(sent()).not.toHaveProperty('metadata');
  const provider = { require_parameters: true };
  expect((await call({ ...asked, provider })).status).toBe(200);
  const { status } = await call({ ...lacking, provider });
  expect([400, 404]).toContain(status);
});

test('a stream that has nothing to say for long says so in events, which Codex counts', async () => {
  const goOn = Promise.withResolvers<void>();
  script = (request) => {
    const steps = [...saidIn('messages', isStreamed(request), [{ say: 'Hello there.' }])];
    steps.splice(4, 0, { do: 'until', promise: goOn.promise });
    return steps;
  };
  jest.useFakeTimers({ doNotFake: [...allButIntervals] });
  const reply = await fetch(`${mesh.url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${account.key}` },
    body: JSON.stringify({ model: 'acme/claude', input: 'Hello', stream: true }),
  });
  let text = '';
  const reader = (reply.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  const until = async (seen: (text: string) => boolean) => {
    while (!seen(text)) {
      const { value, done } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
    }
  };
  const said = () => text.split('event: response.in_progress').length - 1;
  await until(() => text.includes('response.output_text.delta'));
  expect(said()).toBe(1);
  jest.advanceTimersByTime(PING_INTERVAL_MS);
  await until(() => said() === 2);
  jest.advanceTimersByTime(PING_INTERVAL_MS);
  await until(() => said() === 3);
  goOn.resolve();
  await until(() => false);
  jest.useRealTimers();
  const { events, response } = readAnswer({ status: 200, headers: reply.headers, text, body: null });
  expect(response.status).toBe('completed');
  expect(events.filter(({ type }) => type === 'response.in_progress')).toHaveLength(3);
});

describe('paths beside it', () => {
  test('a websocket is refused with 426, which needs no key', async () => {
    const headers = { upgrade: 'websocket', connection: 'Upgrade' };
    const { get } = await import('node:http');
    const status = await new Promise((resolve, reject) => {
      get(`${mesh.url}/v1/responses`, { headers }, (reply) => resolve(reply.resume().statusCode)).on('error', reject);
    });
    expect(status).toBe(426);
  });

  test.each([
    ['POST', '/v1/responses/compact'],
    ['GET', '/v1/responses/resp_1'],
  ])('%s %s is a plain 404', async (method, path) => {
    const { status, body } = await mesh.call(method, path, {
      key: account.key,
      ...(method === 'POST' ? { body: {} } : {}),
    });
    expect([status, body.error.code]).toEqual([404, 'not_found']);
  });
});

describe('where there is no money', () => {
  test('it is OpenAI’s 429, which is not to be tried again', async () => {
    const poor = await mesh.makeOwner({ amount: '0.000001' });
    const { status, headers, body } = await call({ model: 'acme/relay', input: 'Hello' }, poor.key);
    expect([status, body.error.code, body.error.type]).toEqual([429, 'insufficient_quota', 'insufficient_quota']);
    expect(headers.get('x-should-retry')).toBe('false');
  });
});

test('an input that is too long says so by the code that clients know', async () => {
  const { status, body } = await call({ model: 'acme/claude', input: 'word '.repeat(20_000) });
  expect([status, body.error.code]).toEqual([400, 'context_length_exceeded']);
});

test('a provider’s 429 comes through with the time to wait', async () => {
  script = () => json({ error: { message: 'slow down', code: 'rate_limit_exceeded' } }, 429, { 'retry-after': '11' });
  const { status, headers } = await call({ model: 'acme/claude', input: 'Hello' });
  expect([status, headers.get('retry-after')]).toEqual([expect.any(Number), '11']);
});
