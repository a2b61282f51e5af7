import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { builtinFiles } from '../../functions/catalogue/builtin.ts';
import { builtinAt } from '../support/builtin-at.ts';
import { goodStream } from '../support/good-answers.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';
import { formatOfPath, refusalOf, type StrictProvider } from '../support/strict-upstream.ts';

/**
 * The built-in catalogue against a strict provider for each of its own: whatever a client sends that the router takes, no provider
 * refuses.
 */

type Body = Record<string, unknown>;

let mesh: Mesh;
let account: Account;
let upstream: ScriptedUpstream;

/** The provider that a path begins with, and the path at it. */
function splitPath(path: string): [provider: StrictProvider, path: string] {
  const [, provider = '', ...rest] = path.split('/');
  return [provider as StrictProvider, `/${rest.join('/')}`];
}

beforeAll(async () => {
  upstream = await startScriptedUpstream(({ path }) => goodStream(formatOfPath(path) ?? 'chat'), {
    strict({ body, path }) {
      const [provider, rest] = splitPath(path);
      return refusalOf(provider, { body, path: rest });
    },
  });
  mesh = await startMesh({ catalogue: builtinAt(upstream.url) });
  account = await mesh.makeOwner({ amount: '1000', key: { rpm_limit: 100_000 } });
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});

async function ask(body: Body, headers: Record<string, string> = {}) {
  const reply = await mesh.call('POST', '/v1/chat/completions', {
    key: account.key,
    body: { stream: true, max_tokens: 500, messages: [{ role: 'user', content: 'hi' }], ...body },
    headers,
  });
  return reply;
}

/** What the provider got, of a request that it took. */
async function sentFor(body: Body): Promise<Body> {
  const reply = await ask(body);
  expect([reply.status, reply.text]).toEqual([200, expect.stringContaining('data: [DONE]')]);
  return JSON.parse(upstream.requests.at(-1)?.body ?? '') as Body;
}

const call = (id: string, args = '{"city":"Oslo"}', name = 'get_weather') => ({
  role: 'assistant',
  content: null,
  tool_calls: [{ id, type: 'function', function: { name, arguments: args } }],
});
const result = (id: string, content: unknown = '{"t":4}') => ({ role: 'tool', tool_call_id: id, content });
const user = (content: unknown = 'weather?') => ({ role: 'user', content });
const tool = (
  name = 'get_weather',
  parameters: object = { type: 'object', properties: { city: { type: 'string' } } },
) => ({
  type: 'function',
  function: { name, description: 'd', parameters },
});
const only = (provider: string) => ({ provider: { only: [provider] } });

describe('what reaches a provider is what it takes', () => {
  const claude = { model: 'anthropic/claude-sonnet-4.5', ...only('anthropic') };
  const mistral = { model: 'mistralai/mistral-large-2512', ...only('mistral') };
  const groq = { model: 'openai/gpt-oss-120b', ...only('groq') };

  test('no stream options, users and names for Mistral', async () => {
    const sent = await sentFor({
      ...mistral,
      user: 'u',
      messages: [{ ...user(), name: 'Ann' }],
      seed: 1,
      max_tokens: 7,
    });
    expect(sent).toEqual({
      model: 'mistral-large-2512',
      messages: [user()],
      stream: true,
      random_seed: 1,
      max_tokens: 7,
    });
  });

  test('ids of nine letters or digits for Mistral, and no user after a tool', async () => {
    const id = 'call_AbCdEfGh0123456789xyzABC';
    const { messages } = await sentFor({
      ...mistral,
      messages: [user(), call(id), result(id), user('and?')],
      tools: [tool()],
    });
    const [, called, answered, between] = messages as {
      role: string;
      tool_calls: { id: string }[];
      tool_call_id: string;
    }[];
    expect(called?.tool_calls[0]?.id).toMatch(/^[a-zA-Z0-9]{9}$/);
    expect(answered?.tool_call_id).toBe(called?.tool_calls[0]?.id);
    expect(between?.role).toBe('assistant');
  });

  test('one text of the system, and no parameter that it has not, for Groq', async () => {
    const parts = ['Be brief.', 'Be kind.'].map((text) => ({ type: 'text', text }));
    const extensions = { top_k: 40, min_p: 0.1, repetition_penalty: 1.1, logit_bias: { 50256: -100 }, temperature: 1 };
    const sent = await sentFor({ ...groq, ...extensions, messages: [{ role: 'system', content: parts }, user()] });
    expect(sent).toEqual({
      model: 'openai/gpt-oss-120b',
      messages: [{ role: 'system', content: 'Be brief.\nBe kind.' }, user()],
      max_completion_tokens: 500,
      temperature: 1,
      stream: true,
    });
  });

  test('or nothing at all, where all parameters are required', async () => {
    const reply = await ask({ ...groq, top_k: 40, provider: { ...groq.provider, require_parameters: true } });
    expect([reply.status, reply.body.error.code]).toEqual([400, 'model_capability_not_supported']);
    const other = await ask({ model: groq.model, top_k: 40, provider: { require_parameters: true } });
    expect(other.status).toBe(200);
    expect(upstream.requests.at(-1)?.path).toMatch(/^\/fireworks\//);
  });

  test('each id once for Claude, whatever came back in earlier turns', async () => {
    const again = [call('call_0'), result('call_0'), { role: 'assistant', content: 'ok' }];
    await sentFor({ ...claude, messages: [user(), ...again, user(), ...again.slice(0, 2)], tools: [tool()] });
  });

  test('arguments that were cut off, in words', async () => {
    const messages = [user(), call('call_1', '{"city":"Os'), result('call_1', 'no valid JSON'), user('try again')];
    const sent = await sentFor({ ...claude, messages, tools: [tool()] });
    expect(JSON.stringify(sent)).toContain('{"raw_arguments":"{\\"city\\":\\"Os"}');
  });

  test('names of tools that Claude takes, and the caller’s own in calls', async () => {
    const { tools } = await sentFor({ ...claude, tools: [tool('files.read')] });
    expect(tools).toMatchObject([{ name: 'files_read' }]);
  });

  test('tuples of draft 2020-12 for Claude', async () => {
    const p = { type: 'array', items: [{ type: 'number' }, { type: 'number' }] };
    const { tools } = await sentFor({ ...claude, tools: [tool('a', { type: 'object', properties: { p } })] });
    expect(tools).toMatchObject([{ input_schema: { properties: { p: { prefixItems: p.items } } } }]);
  });

  test('three keywords at the root of a schema for Nova', async () => {
    const parameters = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      title: 'A',
      description: 'x',
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    };
    const { toolConfig } = await sentFor({ model: 'amazon/nova-lite', tools: [tool('a', parameters)] });
    const { properties, required } = parameters;
    expect(toolConfig).toMatchObject({
      tools: [
        {
          toolSpec: {
            description: 'd\nx\n(additionalProperties: false)',
            inputSchema: { json: { type: 'object', properties, required } },
          },
        },
      ],
    });
  });

  test('nobody’s address for Claude', async () => {
    const { metadata } = await sentFor({ ...claude, user: 'ann@example.com' });
    expect(metadata).toEqual({ user_id: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  test('the least limit that OpenAI takes, held and paid for', async () => {
    const sent = await sentFor({ model: 'openai/gpt-5.2', max_tokens: 5, ...only('openai') });
    expect(sent.max_output_tokens).toBe(16);
  });

  test.each([
    ['openai/gpt-5.2', 'minimal', 'low'],
    ['openai/gpt-5.2', 'max', 'xhigh'],
    ['openai/gpt-5', 'none', 'minimal'],
    ['openai/o3', 'none', 'low'],
    ['openai/gpt-5.6-sol', 'max', 'max'],
  ])('%s is asked for %s as %s', async (model, reasoning_effort, effort) => {
    const { reasoning } = await sentFor({ model, reasoning_effort, ...only('openai') });
    expect(reasoning).toMatchObject({ effort });
  });

  test.each([
    ['anthropic/claude-sonnet-4.6', 'xhigh', 'high'],
    ['anthropic/claude-sonnet-4.6', 'max', 'max'],
    ['anthropic/claude-opus-4.7', 'xhigh', 'xhigh'],
    ['anthropic/claude-opus-4.7', 'minimal', 'low'],
  ])('%s is asked for %s as %s', async (model, reasoning_effort, effort) => {
    const { output_config } = await sentFor({ model, reasoning_effort, ...only('anthropic') });
    expect(output_config).toEqual({ effort });
  });

  test('OpenRouter’s cheapest provider, and no parameter of files', async () => {
    const sent = await sentFor({
      model: 'openai/gpt-5.2',
      ...only('openrouter'),
      reasoning_effort: 'high',
      top_k: 4,
      n: 1,
    });
    expect(sent).toEqual({
      model: 'openai/gpt-5.2',
      messages: [user('hi')],
      max_tokens: 500,
      reasoning_effort: 'high',
      provider: { sort: 'price', allow_fallbacks: false },
      stream: true,
      stream_options: { include_usage: true },
    });
    const claude = await ask({ model: 'anthropic/claude-sonnet-4.6', ...only('openrouter'), tools: [tool()] });
    expect(claude.status).toBe(200);
  });

  test('of Cohere what it has, and the usage of streams as it comes', async () => {
    const extensions = {
      top_k: 40,
      frequency_penalty: 1,
      logit_bias: { 1: 2 },
      user: 'ann',
      temperature: 0.5,
      seed: 7,
    };
    const sent = await sentFor({ model: 'cohere/command-a', ...only('cohere'), ...extensions, tools: [tool()] });
    const { tools, ...others } = sent;
    expect(others).toEqual({
      model: 'command-a-03-2025',
      messages: [user('hi')],
      max_tokens: 500,
      temperature: 0.5,
      seed: 7,
      stream: true,
    });
    expect(tools).toHaveLength(1);
  });

  test('for Azure what OpenAI takes, at its deployment', async () => {
    const sent = await sentFor({ model: 'openai/gpt-5.2', ...only('azure'), max_tokens: 5, reasoning_effort: 'max' });
    expect(sent).toMatchObject({ model: 'gpt-5.2', max_output_tokens: 16, reasoning: { effort: 'xhigh' } });
    expect(upstream.requests.at(-1)?.path).toBe('/azure/openai/v1/responses');
  });

  test('and the explanation of a choice says so', async () => {
    const { text } = await ask({ model: 'openai/gpt-5.2', reasoning_effort: 'minimal' }, { 'x-mesh-explain': '1' });
    expect(text).toContain('"effort":{"wanted":"minimal","sent":"low"}');
  });

  test.each([
    ['deepseek', 'deepseek/deepseek-v4-pro'],
    ['moonshot', 'moonshotai/kimi-k2.6'],
    ['zai', 'z-ai/glm-5.2'],
  ])('%s is told to think, or not to, in its own words, and gets its thoughts back', async (provider, model) => {
    const off = await sentFor({ model, ...only(provider), reasoning: { enabled: false } });
    expect(off.thinking).toEqual({ type: 'disabled' });
    expect(off).not.toHaveProperty('reasoning_effort');
    const messages = [user(), call('call_1'), result('call_1')];
    const on = await sentFor({ model, ...only(provider), messages, tools: [tool()], reasoning_effort: 'high' });
    expect((on.messages as Body[])[1]).toMatchObject({ reasoning_content: '' });
  });

  test('a provider that nobody knows gets the limit by the name that all of them know', async () => {
    const overlay = {
      providers: { acme: { format: 'chat', base_url: `${upstream.url}/unknown/v1`, auth: { type: 'none' } } },
      models: {
        'acme/large': {
          context_length: 10_000,
          max_output_tokens: 1_000,
          endpoints: [{ provider: 'acme', model: 'm', price: { input: '1', output: '1' } }],
        },
      },
    };
    const other = await startMesh({ catalogue: overlay });
    try {
      const { key } = await other.makeOwner();
      const body = { model: 'acme/large', max_tokens: 500, messages: [user()], stream: true };
      const reply = await other.call('POST', '/v1/chat/completions', { key, body });
      expect(reply.status).toBe(200);
      expect(JSON.parse(upstream.requests.at(-1)?.body ?? '')).toEqual({
        model: 'm',
        messages: [user()],
        max_tokens: 500,
        stream: true,
        stream_options: { include_usage: true },
      });
    } finally {
      await other.close();
    }
  });
});

/** Who serves models by data alone: those that have the same rules are asked the same. */
const alike = new Set(['openrouter', 'azure']);
const rules = new Set<string>();

/** Every way of the built-in catalogue to serve a model. */
const served = builtinFiles
  .flatMap((file) => Object.entries(file.models ?? {}))
  .filter(([, entry]) => entry?.model_type !== 'embedding')
  .flatMap(([model, entry]) =>
    (entry?.endpoints ?? []).flatMap(({ provider, capabilities = [], format, request, reasoning }) => {
      const own = [provider, capabilities, format, request, reasoning];
      const rule = JSON.stringify([own, entry?.capabilities, entry?.request, entry?.reasoning]);
      if (alike.has(provider) && rules.has(rule)) return [];
      rules.add(rule);
      const tools = [...capabilities, ...(entry?.capabilities ?? [])].includes('tools');
      return provider === 'mesh' ? [] : [{ model, provider, tools }];
    }),
  );

describe('nothing that a client may send is refused', () => {
  const parameters = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    properties: {
      place: { $ref: '#/definitions/place' },
      pair: { type: 'array', items: [{ type: 'number' }, { type: 'string' }], additionalItems: false },
      unit: { type: ['string', 'null'], enum: ['celsius', '', null] },
      scale: { enum: ['celsius', null] },
      level: { type: 'integer', enum: [0, 1, 2] },
      kind: { const: 'a' },
      days: { type: 'integer', minimum: 0, exclusiveMinimum: true, required: true },
    },
    definitions: {
      place: { type: 'object', properties: { city: { type: 'string', minLength: 1 } }, required: ['city'] },
    },
    oneOf: [{ required: ['place'] }, { required: ['pair'] }],
    additionalProperties: false,
  };
  const everything = {
    messages: [
      { role: 'developer', content: [{ type: 'text', text: 'Be brief.' }], name: 'the boss' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Half of a pair: \ud83d' },
          { type: 'text', text: 'And?' },
        ],
        name: 'ann',
      },
      call('functions.get_weather:0', '{"city":"Os', 'mcp.weather/get'),
      result('functions.get_weather:0', [{ type: 'text', text: 'no JSON' }]),
      { role: 'assistant', content: null, refusal: 'I would rather not.', name: 'bot' },
      user('Do.'),
      { ...call('functions.get_weather:0', 'null', 'mcp.weather/get'), reasoning: 'Hm.', reasoning_content: 'Hm.' },
      result('functions.get_weather:0', ''),
      { role: 'system', content: 'Be kind.' },
      { role: 'assistant', content: '' },
      user('Thanks.'),
    ],
    tools: [
      tool('mcp.weather/get', parameters),
      { type: 'function', function: { name: 'now', strict: true } },
      { type: 'custom', name: 'patch', format: { type: 'grammar', syntax: 'lark', definition: 'start: "a"' } },
    ],
    parallel_tool_calls: true,
    user: 'ann@example.com',
    temperature: 2,
    top_p: 0.9,
    top_k: 40,
    min_p: 0.05,
    seed: 7,
    frequency_penalty: 0.5,
    presence_penalty: 0.5,
    repetition_penalty: 1.1,
    logit_bias: { 50256: -100 },
    verbosity: 'low',
    metadata: { a: 'b' },
    max_tokens: 3_000,
  };

  test('and there is much to try', () => expect(served.length).toBeGreaterThan(70));

  /** The same of who calls no tools: what needs them is refused before anybody is asked. */
  const { tools: _, parallel_tool_calls: __, messages, ...others } = everything;
  const withoutTools = {
    ...others,
    messages: messages.filter((each) => !('tool_calls' in each || 'tool_call_id' in each)),
  };

  test.each(served.filter(({ tools }) => !tools))(
    'by $provider of $model, without tools',
    async ({ model, provider }) => {
      for (const reasoning_effort of ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']) {
        await sentFor({ ...withoutTools, reasoning_effort, model, ...only(provider) });
      }
      for (const max_tokens of [1_000_000_000, 1])
        await sentFor({ ...withoutTools, max_tokens, model, ...only(provider) });
    },
  );

  test.each(served.filter(({ tools }) => tools))(
    'by $provider of $model, whatever the effort',
    async ({ model, provider }) => {
      await sentFor({ ...everything, model, ...only(provider) });
      for (const reasoning_effort of ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']) {
        await sentFor({ ...everything, reasoning_effort, model, ...only(provider) });
      }
      await sentFor({ ...everything, tool_choice: 'required', model, ...only(provider) });
      // More than anybody writes, and as little as there is.
      for (const max_tokens of [1_000_000_000, 1])
        await sentFor({ ...everything, max_tokens, model, ...only(provider) });
      const json = { response_format: { type: 'json_object' }, reasoning_effort: 'high', parallel_tool_calls: false };
      await sentFor({ ...everything, ...json, model, ...only(provider) });
    },
  );
});
