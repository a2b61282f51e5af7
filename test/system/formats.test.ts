import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type OpenAI from 'openai';
import { toEventStream } from '../support/event-stream.ts';
import { readRecording, readReply, toSse } from '../support/replay.ts';
import {
  AWS_EVENT_STREAM,
  json,
  type Script,
  type ScriptedUpstream,
  stall,
  startScriptedUpstream,
  stream,
} from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

/** One upstream format, end to end: where it is called, how we name ourselves there, and what a client must see. */
interface Case {
  format: string;
  provider: Record<string, unknown>;
  paths: { whole: string; streamed: string };
  credential: [header: string, value: string | RegExp];
  recording: string;
  frames: (lines: string[]) => Uint8Array[];
  contentType?: string;
  /** The same in the recorded stream and reply, but for what the two disagree about. */
  content: string | null;
  calls: [name: string, args: string][];
  wholeCalls?: [name: string, args: string][];
  usage: { prompt_tokens: number; completion_tokens: number };
  streamUsage?: { prompt_tokens: number; completion_tokens: number };
}

const awsKeys = JSON.stringify({ access_key_id: 'AKIDEXAMPLE', secret_access_key: 'not-a-secret-but-a-test' });
const bearer = { type: 'bearer', secret: 'acme-api-key' };
const KEY = 'sk-acme-1';

const cases: Case[] = [
  {
    format: 'chat',
    provider: { auth: bearer },
    paths: { whole: '/v1/chat/completions', streamed: '/v1/chat/completions' },
    credential: ['authorization', `Bearer ${KEY}`],
    recording: 'chat/tools',
    frames: (lines) => toSse(lines, { done: true }),
    content: null,
    calls: [
      ['weather', '{"city":"पुणे"}'],
      ['now', '{}'],
      ['weather', '{"city":"Agra"}'],
    ],
    wholeCalls: [
      ['weather', '{"city":"Pune"}'],
      ['now', '{}'],
    ],
    usage: { prompt_tokens: 88, completion_tokens: 40 },
  },
  {
    format: 'responses',
    provider: { auth: bearer },
    paths: { whole: '/v1/responses', streamed: '/v1/responses' },
    credential: ['authorization', `Bearer ${KEY}`],
    recording: 'responses/reasoning-tools',
    frames: (lines) => toSse(lines, { eventNames: true }),
    content: 'Let me look.',
    calls: [
      ['weather', '{"city":"Pune"}'],
      ['now', '{}'],
      ['weather', '{"city":"Agra"}'],
    ],
    usage: { prompt_tokens: 402, completion_tokens: 140 },
  },
  {
    format: 'messages',
    provider: { auth: { type: 'x-api-key', secret: 'acme-api-key' } },
    paths: { whole: '/v1/messages', streamed: '/v1/messages' },
    credential: ['x-api-key', KEY],
    recording: 'messages/thinking-tools',
    frames: (lines) => toSse(lines, { eventNames: true, newline: '\r\n' }),
    content: 'Let me look.',
    calls: [
      ['weather', '{"city": "Pune"}'],
      ['now', '{}'],
      ['weather', '{"city":"Agra"}'],
    ],
    wholeCalls: [
      ['weather', '{"city":"Pune"}'],
      ['now', '{}'],
    ],
    usage: { prompt_tokens: 402, completion_tokens: 140 },
  },
  {
    format: 'gemini',
    provider: {
      base_url: '/v1beta/models/{model}',
      auth: { type: 'header', name: 'x-goog-api-key', secret: 'acme-api-key' },
    },
    paths: { whole: '/v1beta/models/m:generateContent', streamed: '/v1beta/models/m:streamGenerateContent?alt=sse' },
    credential: ['x-goog-api-key', KEY],
    recording: 'gemini/thinking-tools',
    frames: (lines) => toSse(lines),
    content: 'Let me look both up.',
    calls: [
      ['weather', '{"city":"Puné","unit":"celsius"}'],
      ['weather', '{"city":"Agra","unit":"celsius"}'],
      ['list_alerts', '{}'],
    ],
    usage: { prompt_tokens: 88, completion_tokens: 131 },
  },
  {
    format: 'converse',
    provider: { base_url: '', auth: { type: 'aws', service: 'bedrock', secret: 'aws-keys' }, regions: ['ap-south-1'] },
    paths: { whole: '/model/m/converse', streamed: '/model/m/converse-stream' },
    credential: [
      'authorization',
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/ap-south-1\/bedrock\/aws4_request, SignedHeaders=.*host.*, Signature=[0-9a-f]{64}$/,
    ],
    recording: 'converse/reasoning-tools',
    frames: toEventStream,
    contentType: AWS_EVENT_STREAM,
    content: 'Let me look.',
    calls: [
      ['weather', '{"city":"Pune"}'],
      ['now', '{}'],
    ],
    usage: { prompt_tokens: 402, completion_tokens: 140 },
  },
];

let mesh: Mesh;
let account: Account;
let upstream: ScriptedUpstream;
let script: Script;

beforeAll(async () => {
  upstream = await startScriptedUpstream((request) => script(request));
  const providers = cases.map(({ format, provider }) => {
    const { base_url = '/v1', ...rest } = provider as { base_url?: string };
    // The format's own path of `messages` begins with /v1.
    return [format, { format, base_url: `${upstream.url}${format === 'messages' ? '' : base_url}`, ...rest }];
  });
  const models = cases.map(({ format }) => [
    `acme/${format}`,
    {
      context_length: 100_000,
      max_output_tokens: 4_000,
      capabilities: ['tools', 'reasoning'],
      endpoints: [{ provider: format, model: 'm', price: { input: '3', output: '15' } }],
    },
  ]);
  mesh = await startMesh({
    env: { ACME_API_KEY: KEY, AWS_KEYS: awsKeys },
    catalogue: { providers: Object.fromEntries(providers), models: Object.fromEntries(models) },
  });
  account = await mesh.makeOwner();
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});

const ask = (format: string) => ({
  model: `acme/${format}`,
  messages: [{ role: 'user' as const, content: 'What is the weather in Pune and Agra?' }],
  tools: ['weather', 'now', 'list_alerts'].map((name) => ({
    type: 'function' as const,
    function: { name, parameters: { type: 'object', properties: {} } },
  })),
});

/** $3 and $15 per million tokens, in nanodollars. */
const costOf = ({ prompt_tokens, completion_tokens }: Case['usage']) =>
  BigInt(prompt_tokens) * 3_000n + BigInt(completion_tokens) * 15_000n;
const nanos = (text: string) => {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(9, '0'));
};

/** The balance falls by exactly the cost, and nothing stays held. */
async function spends<T>(act: () => Promise<T>): Promise<{ result: T; spent: bigint }> {
  const before = nanos((await account.balance()).balance_usd);
  const result = await act();
  const after = await account.balance();
  expect(after.reserved_usd).toBe('0');
  return { result, spent: before - nanos(after.balance_usd) };
}

describe.each(cases)('$format, through the official client', (each) => {
  const { format, recording, paths, usage, content, credential } = each;

  function expectSent(path: string): void {
    const sent = upstream.requests.at(-1);
    const [header, value] = credential;
    expect(sent?.path).toBe(path);
    if (typeof value === 'string') expect(sent?.headers[header]).toBe(value);
    else expect(sent?.headers[header]).toMatch(value);
    expect(sent?.headers['content-type']).toBe('application/json');
    expect(() => JSON.parse(sent?.body ?? '')).not.toThrow();
  }

  test('whole', async () => {
    script = () => json(readReply(`${recording}.json`));
    const { result, spent } = await spends(() => account.openai.chat.completions.create(ask(format)));
    expectSent(paths.whole);
    const [choice] = result.choices;
    expect(choice?.message.content).toBe(content);
    expect(choice?.finish_reason).toBe('tool_calls');
    expect(
      choice?.message.tool_calls?.map(
        (call) => call.type === 'function' && [call.function.name, call.function.arguments],
      ),
    ).toEqual(each.wholeCalls ?? each.calls);
    expect(result.usage).toMatchObject({ ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens });
    const { cost, mesh: told } = result as unknown as { cost: string; mesh: { cost: { basis: string } } };
    expect([nanos(cost), spent, told.cost.basis]).toEqual([costOf(usage), costOf(usage), 'exact']);
    expect(result.model).toBe(`acme/${format}`);
  });

  test('streamed', async () => {
    script = () =>
      stream(each.frames(readRecording(`${recording}.chunks.txt`)), {
        contentType: each.contentType ?? 'text/event-stream',
      });
    const { result: chunks, spent } = await spends(async () => {
      const all: OpenAI.ChatCompletionChunk[] = [];
      for await (const chunk of await account.openai.chat.completions.create({ ...ask(format), stream: true }))
        all.push(chunk);
      return all;
    });
    expectSent(paths.streamed);
    const calls: [string, string][] = [];
    let text = '';
    const finishes: string[] = [];
    for (const chunk of chunks) {
      for (const { delta, finish_reason } of chunk.choices) {
        text += delta.content ?? '';
        if (finish_reason) finishes.push(finish_reason);
        for (const { index, function: part } of delta.tool_calls ?? []) {
          const known = calls[index] ?? ['', ''];
          calls[index] = [known[0] + (part?.name ?? ''), known[1] + (part?.arguments ?? '')];
        }
      }
    }
    const streamUsage = each.streamUsage ?? usage;
    expect([text || null, finishes, calls]).toEqual([content, ['tool_calls'], each.calls]);
    const last = chunks.at(-1) as unknown as { choices: unknown[]; usage: object; cost: string };
    expect(last.choices).toEqual([expect.objectContaining({ finish_reason: 'tool_calls' })]);
    expect(last.usage).toMatchObject(streamUsage);
    expect([nanos(last.cost), spent]).toEqual([costOf(streamUsage), costOf(streamUsage)]);
  });

  test('through the client’s helper, and by its published example, which reads the first choice of every chunk', async () => {
    script = () =>
      stream(each.frames(readRecording(`${recording}.chunks.txt`)), {
        contentType: each.contentType ?? 'text/event-stream',
      });
    let text = '';
    for await (const chunk of await account.openai.chat.completions.create({ ...ask(format), stream: true })) {
      const { delta } = chunk.choices[0] as OpenAI.ChatCompletionChunk.Choice;
      text += delta.content ?? '';
    }
    const completion = await account.openai.chat.completions.stream(ask(format)).finalChatCompletion();
    const [choice] = completion.choices;
    expect([text || null, choice?.message.content || null, choice?.finish_reason]).toEqual([
      content,
      content,
      'tool_calls',
    ]);
    expect(
      choice?.message.tool_calls?.map(
        (call) => call.type === 'function' && [call.function.name, call.function.arguments],
      ),
    ).toEqual(each.calls);
    expect(completion.usage).toMatchObject(each.streamUsage ?? usage);
    expect(completion).toMatchObject({ provider: format, system_fingerprint: expect.stringMatching(/./) });
  });

  test('ends with its own end, whatever the connection does afterwards', async () => {
    const contentType = each.contentType ?? 'text/event-stream';
    script = () => [...stream(each.frames(readRecording(`${recording}.chunks.txt`)), { contentType }), stall];
    const beganAt = performance.now();
    const { result, spent } = await spends(() =>
      mesh.call('POST', '/v1/chat/completions', { key: account.key, body: { ...ask(format), stream: true } }),
    );
    expect(performance.now() - beganAt).toBeLessThan(1_500);
    expect(result.text.trimEnd().endsWith('data: [DONE]')).toBe(true);
    expect(spent).toBe(costOf(each.streamUsage ?? usage));
  });
});
