import { request as httpRequest } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import fc from '../support/fast-check.ts';
import { modelAnswer } from '../support/model-answers.ts';
import { placesIn, put } from '../support/places-in.ts';
import { refusalOfRelay } from '../support/relayed-messages.ts';
import {
  after,
  html,
  json,
  reset,
  type Script,
  type ScriptedUpstream,
  type Step,
  stall,
  startScriptedUpstream,
} from '../support/scripted-upstream.ts';
import { type Account, type CallReply, type Mesh, startMesh } from '../support/start-mesh.ts';

let mesh: Mesh;
let account: Account;
let upstream: ScriptedUpstream;
let script: Script;

const answer = {
  id: 'a1',
  thinking: 'Hm, I see.',
  text: 'I look.',
  calls: [{ id: 'call_1', name: 'look', args: '{"at":"Pune"}' }],
};
const good = (format: 'chat' | 'messages', streamed: boolean) => modelAnswer(format, streamed, answer);
const works: Script = ({ path, body }) =>
  good(path.startsWith('/messages') ? 'messages' : 'chat', JSON.parse(body).stream === true);

beforeAll(async () => {
  upstream = await startScriptedUpstream((request) => script(request), { strict: refusalOfRelay });
  const model = (provider: string, price: object) => ({
    context_length: 10_000,
    max_output_tokens: 2_000,
    capabilities: ['tools', 'vision', 'reasoning'],
    endpoints: [{ provider, model: 'm', price, visible_output: true }],
  });
  const price = { input: '3', output: '15' };
  mesh = await startMesh({
    limits: { connect: 1_000, firstByte: 1_500, idle: 700 },
    catalogue: {
      providers: {
        messages: {
          format: 'messages',
          base_url: `${upstream.url}/messages`,
          auth: { type: 'none' },
          request: { unknown: 'pass' },
        },
        // Breakers that others have opened are not these.
        spare: { format: 'chat', base_url: `${upstream.url}/chat/v1`, auth: { type: 'none' } },
        frail: { format: 'messages', base_url: `${upstream.url}/messages`, auth: { type: 'none' } },
        chat: { format: 'chat', base_url: `${upstream.url}/chat/v1`, auth: { type: 'none' } },
      },
      models: {
        'acme/messages': model('messages', price),
        'acme/chat': model('chat', price),
        // Better, and more than are tried.
        ...Object.fromEntries([1, 2, 3].map((at) => [`acme/best-${at}`, { ...model('chat', price), quality: 99 }])),
        'acme/both': {
          ...model('messages', price),
          endpoints: ['frail', 'spare'].map((provider) => ({ provider, model: 'm', price })),
        },
      },
    },
  });
  account = await mesh.makeOwner({ key: { rpm_limit: 100_000, tpm_limit: 100_000_000 } });
});
afterEach(async () => {
  // What is given back after a refusal is not waited for by its caller.
  while ((await account.balance()).reserved_usd !== '0');
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
  // What was asked and answered is in no line of the log.
  const lines = JSON.stringify(mesh.log.lines);
  for (const word of ['I look.', 'Hm, I see', 'word and', 'Slow down', 'messages.0: no', 'sk-ant-nonsense']) {
    expect(lines).not.toContain(word);
  }
});

const hello = { model: 'acme/messages', max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] };
const post = (body: unknown, options: object = {}) =>
  mesh.call('POST', '/v1/messages?beta=true', { key: account.key, body, ...options });

function expectError(reply: CallReply, status: number, type: string): void {
  expect([reply.status, reply.body?.type, reply.body?.error?.type]).toEqual([status, 'error', type]);
  expect(typeof reply.body.error.message).toBe('string');
  expect(reply.headers.get('request-id')).toMatch(/^req_/);
}

const call = { type: 'tool_use', id: 'a', name: 'look', input: {} };

describe('bad input is refused in Anthropic’s shape, and nothing is sent or held', () => {
  test.each([
    ['nothing', ''],
    ['no JSON', '{"model": "acme'],
    ['a list', '[]'],
    ['no model', { ...hello, model: undefined }],
    ['no limit', { ...hello, max_tokens: undefined }],
    ['a limit of a thousand million words', { ...hello, max_tokens: 'many' }],
    ['no messages', { ...hello, messages: [] }],
    ['an unknown role', { ...hello, messages: [{ role: 'tool', content: 'x' }] }],
    [
      'a result without a call',
      { ...hello, messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a' }] }] },
    ],
    ['a call without a result', { ...hello, messages: [...hello.messages, { role: 'assistant', content: [call] }] }],
    ['an image that is none', { ...hello, messages: [{ role: 'user', content: [{ type: 'image', source: {} }] }] }],
    ['a tool that runs at the provider', { ...hello, tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
    ['another nesting than anybody needs', `${'['.repeat(300)}${']'.repeat(300)}`],
  ])('%s', async (_name, body) => {
    const before = upstream.requests.length;
    expectError(await post(body), 400, 'invalid_request_error');
    expect(upstream.requests.length).toBe(before);
  });

  test('more than 32 MiB', async () => {
    const headers = { authorization: `Bearer ${account.key}`, 'content-length': String(40 * 1024 * 1024) };
    const text = await new Promise<string>((resolve, reject) => {
      const sent = httpRequest(`${mesh.url}/v1/messages`, { method: 'POST', headers }, async (reply) => {
        let all = `${reply.statusCode} `;
        for await (const piece of reply) all += piece;
        sent.destroy();
        resolve(all);
      }).on('error', reject);
      sent.write('{');
    });
    expect(text).toMatch(/^413 \{"type":"error","error":\{"type":"request_too_large"/);
  });

  test('a key that is not there, or wrong', async () => {
    expectError(await post(hello, { key: undefined }), 401, 'authentication_error');
    expectError(await post(hello, { key: 'sk-ant-nonsense' }), 401, 'authentication_error');
  });

  test('a model that is not there, a method that is not taken', async () => {
    expectError(await post({ ...hello, model: 'claude-nobody' }), 404, 'not_found_error');
    expectError(await mesh.call('GET', '/v1/messages', { key: account.key }), 405, 'invalid_request_error');
  });

  test('an input that is too long, in numbers that tools act on', async () => {
    const content = 'word and '.repeat(20_000);
    const reply = await post({ ...hello, messages: [{ role: 'user', content }] });
    expectError(reply, 400, 'invalid_request_error');
    const [, tokens, most] = /^prompt is too long: (\d+) tokens > (\d+) maximum$/.exec(reply.body.error.message) ?? [];
    expect([Number(tokens) > 20_000, most]).toEqual([true, '10000']);
  });
});

test('the key comes as x-api-key too, and the request’s id as request-id', async () => {
  script = works;
  const reply = await post(hello, { key: undefined, headers: { 'x-api-key': account.key } });
  expect(reply.status).toBe(200);
  expect(reply.headers.get('request-id')).toBe(reply.body.id);
  expect(upstream.requests.at(-1)?.headers).not.toHaveProperty('x-api-key');
});

test('a limit beyond the model is lowered, and a budget of thinking with it', async () => {
  script = works;
  const thinking = { type: 'enabled', budget_tokens: 31_999 };
  for (const model of ['acme/messages', 'acme/chat']) {
    const reply = await post({ ...hello, model, max_tokens: 32_000, thinking });
    expect(reply.status).toBe(200);
    const sent = JSON.parse(upstream.requests.at(-1)?.body ?? '{}');
    expect(sent.max_tokens).toBe(2_000);
    if (model === 'acme/messages') expect(sent.thinking.budget_tokens).toBe(1_999);
  }
});

test('what only Anthropic’s format can say is refused in words, where no endpoint speaks it', async () => {
  const tools = [{ type: 'bash_20250124', name: 'bash' }];
  const reply = await post({ ...hello, model: 'acme/chat', tools });
  expectError(reply, 400, 'invalid_request_error');
  expect(reply.body.error.message).toMatch(/^tools\.0\.type: only models that are served in this format take it/);
  expect(reply.body.error.param).toBe('tools.0.type');
  const used = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} };
  const messages = [...hello.messages, { role: 'assistant', content: [used] }, ...hello.messages];
  expect((await post({ ...hello, model: 'acme/chat', messages })).body.error.param).toBe('messages.1.content.0.type');
  script = works;
  expect((await post({ ...hello, model: 'auto', tools })).body.model).toBe('acme/messages');
});

test('what is below a path of Anthropic’s has its manners, also where there is nothing', async () => {
  for (const path of [
    '/v1/messages/batches',
    '/v1/messages/batches/msgbatch_1/results',
    '/api/event_logging/batch/2',
  ]) {
    const reply = await mesh.call('POST', path, { key: account.key, body: {} });
    expectError(reply, 404, 'not_found_error');
  }
  expect((await mesh.call('GET', '/v1/nothing')).body).not.toHaveProperty('type');
});

test('Claude Code’s other calls are answered', async () => {
  const hi = await mesh.call('HEAD', '/api/hello');
  const events = await mesh.call('POST', '/api/event_logging/batch', { body: { events: [{}] } });
  expect([hi.status, events.status, events.text]).toEqual([200, 200, '{}']);
});

const anthropicError = (type: string, message: string) => ({
  type: 'error',
  error: { type, message },
  request_id: 'req_theirs',
});

describe('what the provider says', () => {
  test.each([
    [400, anthropicError('invalid_request_error', 'messages.0: no'), 400],
    [413, anthropicError('request_too_large', 'Request exceeds the maximum size'), 413],
    [400, anthropicError('invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'), 400],
    [429, anthropicError('rate_limit_error', 'Slow down'), 429],
    [529, anthropicError('overloaded_error', 'Overloaded'), 529],
    [500, anthropicError('api_error', 'Internal server error'), 502],
  ])('%d is passed on in its own words on a relay', async (status, body, told) => {
    script = () => json(body, status);
    for (const stream of [false, true]) {
      const reply = await post({ ...hello, stream });
      expect([reply.status, reply.body]).toEqual([told, body]);
    }
  });

  test('of a limit of its own is one to come back after', async () => {
    script = () => json(anthropicError('rate_limit_error', 'Slow down'), 429, { 'retry-after': '9' });
    const reply = await post(hello);
    expectError(reply, 429, 'rate_limit_error');
    expect(reply.headers.get('retry-after')).toBe('9');
  });

  test('of our own account is not passed on', async () => {
    for (const [status, type, message] of [
      [401, 'authentication_error', 'invalid x-api-key'],
      [404, 'not_found_error', 'model: m'],
      [400, 'invalid_request_error', 'Your credit balance is too low to access the API'],
    ] as const) {
      script = () => json(anthropicError(type, message), status);
      const reply = await post(hello);
      expectError(reply, 502, 'api_error');
      expect(reply.text).not.toContain(message);
    }
  });

  test('in words that are no JSON is a failure of the provider', async () => {
    script = () => html('<html>Bad gateway</html>', 502);
    expectError(await post(hello), 502, 'api_error');
    script = () => html('<html>Hello</html>', 200);
    expectError(await post({ ...hello, stream: true }), 502, 'api_error');
  });

  test('of another format comes in Anthropic’s envelope', async () => {
    const message =
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.";
    script = () => json({ error: { message, code: 'context_length_exceeded' } }, 400);
    const reply = await post({ ...hello, model: 'acme/chat' });
    expectError(reply, 400, 'invalid_request_error');
    expect(reply.body.error.message).toBe('prompt is too long: 9001 tokens > 8192 maximum');
  });

  test('within a stream ends it in its own words', async () => {
    const error = anthropicError('overloaded_error', 'Overloaded');
    const failing = `event: error\ndata: ${JSON.stringify(error)}\n\n`;
    script = () => after(6, good('messages', true), { do: 'send', bytes: Buffer.from(failing) } satisfies Step);
    const { text } = await post({ ...hello, stream: true });
    expect(text.endsWith(failing)).toBe(true);
    expect(text).not.toContain('message_stop');
  });
});

const frames = (format: 'chat' | 'messages') => good(format, true).filter(({ do: what }) => what === 'send').length;

describe.each(['messages', 'chat'] as const)('a stream of %s', (format) => {
  const body = { ...hello, model: `acme/${format}`, stream: true };
  /** Frames up to the one that says why the answer ended. */
  const untilFinish = frames(format) - (format === 'messages' ? 1 : 2);

  test('that breaks at any event ends in an error, and never looks whole', async () => {
    for (let at = 0; at < untilFinish; at++) {
      // Who hangs keeps everybody waiting: once is enough.
      for (const end of at === 6 ? [reset, stall] : [reset]) {
        script = () => after(at, good(format, true), end);
        const reply = await post(body);
        if (reply.status !== 200) {
          expectError(reply, reply.status, end === stall ? 'timeout_error' : 'api_error');
          continue;
        }
        expect(reply.text).not.toContain('message_stop');
        expect(reply.text).toMatch(/\n\nevent: error\ndata: \{"type":"error","error":\{[^\n]*\n\n$/);
      }
    }
  });

  test('whose connection breaks after its end is whole', async () => {
    script = () => after(untilFinish + 1, good(format, true), reset);
    const { text } = await post(body);
    expect(text.trimEnd().split('\n\n').at(-1)).toBe('event: message_stop\ndata: {"type":"message_stop"}');
    expect(text).toContain('"mesh":{');
  });

  test('whose client leaves at any event ends its upstream, and is charged for what came', async () => {
    for (let at = 1; at < untilFinish; at++) {
      script = () => after(at, good(format, true), stall);
      const before = upstream.aborted.length;
      const leaving = new AbortController();
      const asked = upstream.requests.length;
      const reading = fetch(`${mesh.url}/v1/messages`, {
        method: 'POST',
        headers: { authorization: `Bearer ${account.key}` },
        body: JSON.stringify(body),
        signal: leaving.signal,
      }).then((reply) => reply.text());
      const left = expect(reading).rejects.toThrow();
      await upstream.until(({ requests }) => requests.length > asked);
      leaving.abort();
      await left;
      await upstream.until(({ aborted }) => aborted.length > before);
    }
  });

  test('says last what it cost, after the charge', async () => {
    script = works;
    const { text, headers } = await post(body);
    expect(headers.get('content-type')).toMatch(/^text\/event-stream/);
    const events = text
      .trimEnd()
      .split('\n\n')
      .map((frame) => JSON.parse(frame.slice(frame.indexOf('data: ') + 6)));
    expect(events[0].message.usage.input_tokens).toBeGreaterThan(0);
    const [delta, stop] = events.slice(-2);
    expect([delta.type, stop]).toEqual(['message_delta', { type: 'message_stop' }]);
    expect(delta.usage).toMatchObject({ input_tokens: 9, output_tokens: 5 });
    expect(delta.mesh).toMatchObject({ settled: true, cost: { usd: '0.000102', basis: 'exact' } });
    const { body: charged } = await mesh.call('GET', `/v1/generation?id=${events[0].message.id}`, { key: account.key });
    expect(charged.data.total_cost).toBe(0.000102);
  });
});

test('what a relay fails at before its first word, another format answers', async () => {
  const failures: Step[][] = [
    json(anthropicError('overloaded_error', 'Overloaded'), 529),
    // A message that has begun, and a block, but no word.
    after(3, good('messages', true), reset),
  ];
  for (const failure of failures) {
    script = (request) => (request.path.startsWith('/messages') ? failure : works(request));
    const { text } = await post({ ...hello, model: 'acme/both', stream: true, provider: { order: ['frail'] } });
    expect([text, text.match(/event: message_start/g)?.length]).toEqual([text, 1]);
    expect(text.trimEnd().endsWith('data: {"type":"message_stop"}')).toBe(true);
    expect(text).toContain('"attempts":2');
  }
});

test('a summary that the provider made on the way is charged, too', async () => {
  const compaction = { type: 'compaction', input_tokens: 8, output_tokens: 90 };
  const usage = { input_tokens: 7, output_tokens: 100, iterations: [compaction, { type: 'message' }] };
  script = () => json({ type: 'message', role: 'assistant', content: [], stop_reason: 'end_turn', usage });
  const reply = await post({ ...hello, context_management: { edits: [{ type: 'compact_20260112' }] } });
  expect(reply.body.usage).toEqual(usage);
  // $3 and $15 per million tokens, for 15 and 190 of them.
  expect(reply.body.mesh.cost).toMatchObject({ usd: '0.002895', basis: 'exact' });
});

test('where the money ends, the answer does, and says so', async () => {
  const text = 'word and '.repeat(2_000);
  for (const format of ['messages', 'chat'] as const) {
    const poor = await mesh.makeOwner({ amount: '0.006' });
    script = () => modelAnswer(format, true, { id: 'a1', text, usage: { input: 9, output: 4_000 } });
    const reply = await mesh.call('POST', '/v1/messages', {
      key: poor.key,
      body: { ...hello, model: `acme/${format}`, max_tokens: 2_000, stream: true },
    });
    expect(reply.text).toContain('word and word');
    const [delta = '', stop] = reply.text.trimEnd().split('\n\n').slice(-2);
    expect(delta).toContain('"stop_reason":"max_tokens"');
    expect(delta).toContain('"stopped":"spend_limit"');
    expect(stop).toBe('event: message_stop\ndata: {"type":"message_stop"}');
  }
});

test('without money it is said so that nobody tries again', async () => {
  const poor = await mesh.makeOwner({ amount: '0.000001' });
  const reply = await mesh.call('POST', '/v1/messages', { key: poor.key, body: hello });
  expectError(reply, 429, 'billing_error');
  expect(reply.headers.get('x-should-retry')).toBe('false');
});

test('whatever is sent, nothing of ours breaks', async () => {
  script = works;
  const valid = {
    ...hello,
    system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
    thinking: { type: 'enabled', budget_tokens: 1_024 },
    tools: [{ name: 'look', input_schema: { type: 'object', properties: { at: { type: 'string' } } } }],
    tool_choice: { type: 'auto' },
    messages: [
      {
        role: 'user',
        content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } }],
      },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm', signature: 'mesh.s1_bm9uZQ' },
          { type: 'text', text: 'I look.' },
          call,
        ],
      },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'A' }], is_error: true }],
      },
    ],
    output_config: { effort: 'high', format: { type: 'json_schema', schema: { type: 'object' } } },
    metadata: { user_id: 'u' },
    stop_sequences: ['END'],
  };
  const places = placesIn(valid);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('acme/messages', 'acme/chat'),
      fc.boolean(),
      fc.array(fc.tuple(fc.constantFrom(...places), fc.oneof(fc.jsonValue(), fc.constant(undefined))), {
        maxLength: 3,
      }),
      async (model, stream, changes) => {
        const body = structuredClone({ ...valid, model, stream });
        for (const [path, value] of changes) put(body, path, value);
        const reply = await post(body);
        expect([reply.status, reply.status < 500]).toEqual([reply.status, true]);
        if (reply.status !== 200) expect(reply.body.type).toBe('error');
        else if (body.stream === true)
          expect(reply.text.trimEnd().endsWith('data: {"type":"message_stop"}')).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
}, 60_000);
