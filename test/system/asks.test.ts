import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type OpenAI from 'openai';
import { type FormatName, formatNames } from '../../functions/core/endpoints/endpoint.ts';
import { answerIn, countsIn } from '../support/five-formats.ts';
import {
  AWS_EVENT_STREAM,
  json,
  type Script,
  type ScriptedUpstream,
  startScriptedUpstream,
  stream,
} from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';
import { toolAnswer } from '../support/tool-answers.ts';

/** What clients ask for in other words than providers take, in front of all five formats: one model for each. */

const MAX_OUTPUT = 1_000;

let mesh: Mesh;
let account: Account;
let upstream: ScriptedUpstream;
let script: Script;

beforeAll(async () => {
  upstream = await startScriptedUpstream((received) => script(received));
  const url = (format: FormatName) => upstream.url + (format === 'gemini' ? '/v1beta/models/{model}' : '');
  mesh = await startMesh({
    catalogue: {
      providers: Object.fromEntries(
        formatNames.map((format) => [format, { format, base_url: url(format), auth: { type: 'none' } }]),
      ),
      models: Object.fromEntries(
        formatNames.map((format) => [
          `test/${format}`,
          {
            context_length: 100_000,
            max_output_tokens: MAX_OUTPUT,
            capabilities: ['tools', 'vision', 'json_schema', 'reasoning'],
            reasoning: { send: format === 'messages' || format === 'converse' ? 'budget' : 'effort' },
            endpoints: [{ provider: format, model: 'm', price: { input: '3', output: '15' } }],
          },
        ]),
      ),
    },
  });
  account = await mesh.makeOwner({ amount: '100', key: { rpm_limit: 10_000 } });
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});

type Fields = Record<string, unknown>;
type Choice = OpenAI.ChatCompletionChunk.Choice;

function ask(format: FormatName, body: Fields) {
  const messages = [{ role: 'user', content: 'JSON, please' }];
  return mesh.call('POST', '/v1/chat/completions', {
    key: account.key,
    body: { model: `test/${format}`, messages, ...body },
  });
}

function sentBody(): Fields {
  return JSON.parse(upstream.requests.at(-1)?.body ?? '{}');
}

/** What a streamed answer says, put together. */
async function streamed(format: FormatName, body: Fields) {
  const reply = await ask(format, { ...body, stream: true });
  expect([reply.status, reply.text]).toEqual([200, expect.stringContaining('data: [DONE]')]);
  const choices = reply.text
    .split('\n\n')
    .filter((frame) => frame.startsWith('data: {'))
    .flatMap((frame) => JSON.parse(frame.slice('data: '.length)).choices as Choice[]);
  const calls: Fields[] = [];
  for (const { index, ...delta } of choices.flatMap((choice) => choice.delta.tool_calls ?? [])) {
    calls[index] = join(calls[index] ?? {}, delta as Fields);
  }
  return {
    content: choices.map(({ delta }) => delta.content ?? '').join(''),
    calls,
    finish: choices.findLast(({ finish_reason }) => finish_reason)?.finish_reason,
  };
}

/** A call with another delta of it: texts that both have are pieces of one. */
function join(call: Fields, delta: Fields): Fields {
  const joined: Fields = { ...call, ...delta };
  for (const kind of ['function', 'custom'] as const) {
    const [before, after] = [call[kind], delta[kind]] as [Fields | undefined, Fields | undefined];
    if (after === undefined) continue;
    const text = kind === 'custom' ? 'input' : 'arguments';
    joined[kind] = { ...before, ...after, [text]: `${before?.[text] ?? ''}${after[text] ?? ''}` };
  }
  return joined;
}

interface Said {
  text?: string;
  calls?: { id: string; name: string; args: string }[];
}

const answersWith =
  (format: FormatName, { text = '', calls = [] }: Said): Script =>
  () =>
    stream(toolAnswer(format, { id: 'answer_1', thinking: '', text, calls }), {
      contentType: format === 'converse' ? AWS_EVENT_STREAM : 'text/event-stream',
    });

/** What providers say where an input is too long, each in its format. */
const tooLong: Record<FormatName, string[]> = {
  chat: [
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
    "This model's maximum prompt length is 131072 but the request contains 200000 tokens.",
    'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
    '`inputs` tokens + `max_new_tokens` must be <= 4097. Given: 4000 `inputs` tokens and 1000 `max_new_tokens`',
    'the request exceeds the available context size. try increasing the context size or enable context shift',
    'Range of input length should be [1, 30720]',
    'Invalid request: Your request exceeded model token limit: 8192',
  ],
  responses: ['Your input exceeds the context window of this model. Please adjust your input and try again.'],
  messages: [
    'prompt is too long: 210000 tokens > 200000 maximum',
    'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length',
  ],
  gemini: [
    'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
    'Unable to submit request because the input token count is 1200000 but model only supports up to 1048576.',
  ],
  converse: [
    'Input is too long for requested model.',
    'The model returned the following errors: prompt is too long: 210000 tokens > 200000 maximum',
    'The model returned the following errors: Input Tokens Exceeded: Number of input tokens exceeds maximum length.',
    'The model returned the following errors: input length and `max_tokens` exceed context limit: 1 + 2 > 3',
  ],
};

/** An error in the envelope of a format. */
function errorIn(format: FormatName, message: string): unknown {
  switch (format) {
    case 'messages':
      return { type: 'error', error: { type: 'invalid_request_error', message } };
    case 'gemini':
      return { error: { code: 400, status: 'INVALID_ARGUMENT', message } };
    case 'converse':
      return { __type: 'ValidationException', message };
    default:
      return { error: { type: 'invalid_request_error', message } };
  }
}

const custom = { type: 'custom', custom: { name: 'now', description: 'Runs code.' } };
const lookUp = { type: 'function', function: { name: 'look_up', parameters: { type: 'object', properties: {} } } };

describe.each(formatNames)('in front of %s', (format) => {
  test('a custom tool is called with a text, and its history is taken', async () => {
    script = answersWith(format, { calls: [{ id: 'call_1', name: 'now', args: '{"input":"print(\\"1\\")"}' }] });
    const { calls, finish } = await streamed(format, { tools: [custom, lookUp], tool_choice: custom });
    expect(calls).toMatchObject([{ type: 'custom', custom: { name: 'now', input: 'print("1")' } }]);
    expect(calls[0]).not.toHaveProperty('function');
    expect(finish).toBe('tool_calls');

    script = answersWith(format, { text: 'Done.' });
    const messages = [
      { role: 'user', content: 'x' },
      { role: 'assistant', content: null, tool_calls: calls },
      { role: 'tool', tool_call_id: calls[0]?.id, content: '1' },
    ];
    expect((await streamed(format, { tools: [custom], messages })).content).toBe('Done.');
  });

  test('also where the answer comes whole', async () => {
    script = () => answerIn(format, false, { callId: 'call_1', usage: countsIn(format, 9, 9) });
    const { status, body } = await ask(format, { tools: [custom] });
    expect(status).toBe(200);
    expect(body.choices[0].message.tool_calls).toEqual([
      { id: 'call_1', type: 'custom', custom: { name: 'now', input: '' } },
    ]);
  });

  test('JSON without a schema is the content of the answer, whatever else is asked', async () => {
    script = (received) => {
      const isCalled = received.body.includes('json_answer');
      const call = { id: 'call_1', name: 'json_answer', args: '{"ok":true}' };
      return answersWith(format, isCalled ? { text: 'Here:', calls: [call] } : { text: '{"ok":true}' })(received);
    };
    const asked = { response_format: { type: 'json_object' }, tools: [lookUp], reasoning_effort: 'high' };
    expect(await streamed(format, asked)).toEqual({ content: '{"ok":true}', calls: [], finish: 'stop' });
    expect(sentBody()).not.toHaveProperty('thinking');
  });

  test('who can take one call at a time gets one', async () => {
    const first = { id: 'call_1', name: 'look_up', args: '{"a":1}' };
    const second = { id: 'call_2', name: 'look_up', args: '{"a":2}' };
    script = answersWith(format, { calls: [first, second] });
    const { calls, finish } = await streamed(format, { tools: [lookUp], parallel_tool_calls: false });
    expect(calls).toHaveLength(1);
    expect(calls).toMatchObject([{ type: 'function', function: { name: 'look_up', arguments: '{"a":1}' } }]);
    expect(finish).toBe('tool_calls');
  });

  test('the keywords of a strict schema that the provider does not take are told in words', async () => {
    script = answersWith(format, { text: '{"age":1}' });
    const age = { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 };
    const s = { type: 'string', minLength: 1, pattern: '^a' };
    const l = { type: 'array', items: { type: 'string' }, maxItems: 5 };
    const map = { type: 'object', propertyNames: { type: 'string' }, additionalProperties: { type: 'number' } };
    const pair = { type: 'array', prefixItems: [{ type: 'string' }, { type: 'number' }], items: false };
    const properties = { age, s, l, map, pair };
    const schema = { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
    const strict = { name: 'w', strict: true };
    const asked = {
      response_format: { type: 'json_schema', json_schema: { ...strict, schema } },
      tools: [{ type: 'function', function: { ...strict, parameters: schema } }],
    };
    expect((await streamed(format, asked)).content).toBe('{"age":1}');
  });

  test('a limit beyond the model is the model’s, one below what is taken the least, and both are what is held for', async () => {
    script = () => answerIn(format, false, { usage: countsIn(format, 9, 9) });
    const limits = [];
    for (const max_tokens of [1_000_000_000, 1]) {
      expect((await ask(format, { max_tokens })).status).toBe(200);
      limits.push(upstream.requests.at(-1)?.body.match(/"(?:max_?\w*tokens|maxTokens|maxOutputTokens)":(\d+)/i)?.[1]);
    }
    expect(limits).toEqual([String(MAX_OUTPUT), format === 'responses' ? '16' : '1']);
    // What is left of the balance pays for the limit of the model, and for nothing beyond that.
    const poor = await mesh.makeOwner({ amount: '0.05' });
    const reply = await mesh.call('POST', '/v1/chat/completions', {
      key: poor.key,
      body: { model: `test/${format}`, messages: [{ role: 'user', content: 'x' }], max_tokens: 1_000_000_000 },
    });
    expect(reply.status).toBe(200);
  });

  test('an endpoint at its limit is a 429, with the time to come again', async () => {
    script = () => json({ error: { message: 'slow down' } }, 429, { 'retry-after': '7' });
    const { status, headers, body } = await ask(format, {});
    expect([status, headers.get('retry-after')]).toEqual([429, '7']);
    expect(body.error).toMatchObject({
      code: 'rate_limit_exceeded',
      provider_code: '429',
      details: { source: 'provider' },
    });
  });

  test.each(tooLong[format])('an input that is too long is said so in known words: %s', async (message) => {
    script = () => json(errorIn(format, message), 400);
    const { status, body } = await ask(format, {});
    expect([status, body.error.code]).toEqual([400, 'context_length_exceeded']);
    expect(body.error.message).toMatch(/This model's maximum context length is \d+ tokens/i);
  });

  test('also before it is sent', async () => {
    const sent = upstream.requests.length;
    const { status, body } = await ask(format, { messages: [{ role: 'user', content: 'word '.repeat(200_000) }] });
    expect([status, body.error.code, body.error.param]).toEqual([400, 'context_length_exceeded', 'messages']);
    expect(body.error.message).toMatch(/^This model's maximum context length is 100000 tokens\./);
    expect(upstream.requests).toHaveLength(sent);
  });

  test('the decision names the model as it was asked for', async () => {
    script = () => answerIn(format, false, { usage: countsIn(format, 9, 9) });
    const named = `models/${format}-2025-09-29[1m]`;
    const reply = await mesh.call('POST', '/v1/chat/completions', {
      key: account.key,
      body: { model: named, messages: [{ role: 'user', content: 'x' }] },
      headers: { 'x-mesh-explain': '1' },
    });
    expect(reply.body).toMatchObject({ model: `test/${format}`, mesh: { decision: { requested_model: named } } });
  });
});

test('auto and Codex’s list are beside the models', async () => {
  const { body } = await mesh.call('GET', '/v1/models', { key: account.key });
  const auto = body.data.at(-1);
  expect(auto).toMatchObject({ id: 'auto', owned_by: 'mesh', pricing: { prompt: '-1' } });
  expect(body.models.map(({ slug }: { slug: string }) => slug)).toEqual(formatNames.map((format) => `test/${format}`));
  expect((await mesh.call('GET', '/v1/models/auto', { key: account.key })).body).toEqual(auto);
});
