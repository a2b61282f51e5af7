import Anthropic from '@anthropic-ai/sdk';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type FormatName, formatNames } from '../../functions/core/endpoints/endpoint.ts';
import { documentedMatrix, matrixCatalogue } from '../support/matrix-catalogue.ts';
import { type ModelAnswer, modelAnswer, signatureOf } from '../support/model-answers.ts';
import { refusalOfRelay } from '../support/relayed-messages.ts';
import { after, reset, type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { argumentsAs, sentCalls } from '../support/sent-calls.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

/** Messages in, each of the five formats out, whole and streamed, through Anthropic's own client and strict upstreams. */

const formats: readonly FormatName[] = formatNames;
const modes = ['whole', 'streamed'] as const;
type Mode = (typeof modes)[number];

let mesh: Mesh;
let account: Account;
let client: Anthropic;
let upstream: ScriptedUpstream;
let answers: ModelAnswer[] = [];
let cutAfter: number | null = null;

beforeAll(async () => {
  upstream = await startScriptedUpstream(
    ({ path, body }) => {
      const format = formats.find((each) => path.startsWith(`/${each}/`)) as FormatName;
      const isStreamed = /stream/i.test(path) || JSON.parse(body).stream === true;
      const answer = modelAnswer(format, isStreamed, answers.shift() as ModelAnswer);
      return cutAfter === null ? answer : after(cutAfter, answer, reset);
    },
    { strict: refusalOfRelay },
  );
  mesh = await startMesh({ catalogue: matrixCatalogue(upstream.url, 'messages') });
  account = await mesh.makeOwner({ key: { rpm_limit: 10_000 } });
  client = new Anthropic({ apiKey: account.key, baseURL: mesh.url, maxRetries: 0 });
});
afterEach(async () => {
  cutAfter = null;
  answers = [];
  // What is given back after a refusal is not waited for by its caller.
  while ((await account.balance()).reserved_usd !== '0');
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});

type Params = Omit<Anthropic.MessageCreateParamsNonStreaming, 'model' | 'max_tokens' | 'stream'>;

function ask(format: FormatName, mode: Mode, params: Params): Promise<Anthropic.Message> {
  const body = { model: `acme/${format}`, max_tokens: 4_000, ...params };
  return mode === 'whole' ? client.messages.create(body) : client.messages.stream(body).finalMessage();
}

const say = (content: Anthropic.MessageParam['content']): Anthropic.MessageParam => ({ role: 'user', content });
const look = { name: 'look', description: 'Looks', input_schema: { type: 'object' as const, properties: {} } };
const lastBody = () => upstream.requests.at(-1)?.body ?? '';
/** What a model wrote, without what only its issuer reads. */
const plain = ({ content }: Anthropic.Message) =>
  content.map((block) => {
    if (block.type === 'text') return block.text;
    if (block.type === 'tool_use') return `${block.name}(${JSON.stringify(block.input)})`;
    return block.type === 'thinking' ? `(${block.thinking})` : block.type;
  });

/** A call's id as formats without ids of calls have it is ours. */
const idOf = (block: Anthropic.ContentBlock | undefined) => (block?.type === 'tool_use' ? block.id : '');

/** Each scenario; what it returns stands in the table of the documents. */
const scenarios: Record<string, (format: FormatName, mode: Mode) => Promise<string>> = {
  async text(format, mode) {
    answers = [{ id: 'a1', text: 'Hello there.', usage: { input: 12, output: 7 } }];
    const message = await ask(format, mode, { system: 'Be brief.', messages: [say('Hello')] });
    expect(plain(message)).toEqual(['Hello there.']);
    expect(message).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: `acme/${format}`,
      stop_reason: 'end_turn',
    });
    expect(message.usage).toMatchObject({ input_tokens: 12, output_tokens: 7 });
    expect(lastBody()).toContain('Be brief.');
    return 'yes';
  },

  async 'tools, and a second turn'(format, mode) {
    const args = '{"at": "Pune", "days": 9007199254740993}';
    answers = [
      { id: 'a1', text: 'I look.', calls: [{ id: 'call_1', name: 'look', args }] },
      { id: 'a2', text: 'Rain.' },
    ];
    const params = { tools: [look], messages: [say('Look')] };
    const first = await ask(format, mode, params);
    expect(first.stop_reason).toBe('tool_use');
    expect(plain(first).filter((each) => each !== 'redacted_thinking')).toEqual([
      'I look.',
      'look({"at":"Pune","days":9007199254740992})',
    ]);
    const call = first.content.find((block) => block.type === 'tool_use');
    expect(idOf(call)).toMatch(/^[a-zA-Z0-9_-]+$/);
    const result = { type: 'tool_result' as const, tool_use_id: idOf(call), content: 'It rains.' };
    const turn = { role: 'assistant' as const, content: first.content };
    const second = await ask(format, mode, { ...params, messages: [say('Look'), turn, say([result])] });
    expect(plain(second)).toEqual(['Rain.']);
    const sent = sentCalls(format, lastBody());
    expect(sent.calls.map(({ name }) => name)).toEqual(['look']);
    expect(sent.results.map(({ text: told }) => told)).toEqual(['It rains.']);
    expect(sent.calls.map(({ id }) => id)).toEqual(sent.results.map(({ id }) => id));
    return 'yes';
  },

  async 'parallel tools'(format, mode) {
    const calls = ['Pune', 'Agra'].map((at, index) => ({ id: `call_${index}`, name: 'look', args: `{"at":"${at}"}` }));
    answers = [
      { id: 'a1', calls },
      { id: 'a2', text: 'Both.' },
    ];
    const params = { tools: [look], messages: [say('Look')] };
    const first = await ask(format, mode, params);
    expect(plain(first).filter((each) => each.startsWith('look'))).toEqual([
      'look({"at":"Pune"})',
      'look({"at":"Agra"})',
    ]);
    const uses = first.content.filter((block) => block.type === 'tool_use');
    expect(new Set(uses.map(({ id }) => id)).size).toBe(2);
    const results = uses.toReversed().map(({ id, input }) => ({
      type: 'tool_result' as const,
      tool_use_id: id,
      content: `of ${(input as { at: string }).at}`,
    }));
    const turn = { role: 'assistant' as const, content: first.content };
    await ask(format, mode, {
      ...params,
      messages: [say('Look'), turn, say([...results, { type: 'text', text: 'And?' }])],
    });
    const sent = sentCalls(format, lastBody());
    expect(sent.calls.map(({ args }) => args)).toEqual(calls.map(({ args }) => argumentsAs(args)));
    expect(sent.results.map(({ text }) => text).toSorted()).toEqual(['of Agra', 'of Pune']);
    return 'yes';
  },

  async images(format, mode) {
    const data = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=';
    answers = [{ id: 'a1', text: 'A dot.' }];
    const source = { type: 'base64' as const, media_type: 'image/png' as const, data };
    const message = await ask(format, mode, {
      messages: [
        say([
          { type: 'image', source },
          { type: 'text', text: 'What?' },
        ]),
      ],
    });
    expect(plain(message)).toEqual(['A dot.']);
    expect(lastBody()).toContain(data);
    return 'yes';
  },

  async PDF(format, mode) {
    const data = 'JVBERi0xLjQK';
    answers = [{ id: 'a1', text: 'A page.' }];
    const source = { type: 'base64' as const, media_type: 'application/pdf' as const, data };
    const document = { type: 'document' as const, source, title: 'page.pdf' };
    const message = await ask(format, mode, { messages: [say([document, { type: 'text', text: 'What?' }])] });
    expect(plain(message)).toEqual(['A page.']);
    expect(lastBody()).toContain(data);
    return 'yes';
  },

  async 'thinking over two turns'(format, mode) {
    const args = '{"at":"Pune"}';
    const call = { id: 'call_1', name: 'look', args };
    answers = [
      { id: 'a1', thinking: 'Hm, I see.', text: 'I look.', calls: [call] },
      { id: 'a2', text: 'Rain.' },
    ];
    const thinking = { type: 'enabled' as const, budget_tokens: 2_000 };
    const params = { tools: [look], thinking, messages: [say('Look')] };
    const first = await ask(format, mode, params);
    expect(plain(first).filter((each) => each !== 'redacted_thinking')).toEqual([
      '(Hm, I see.)',
      'I look.',
      'look({"at":"Pune"})',
    ]);
    const use = first.content.find((block) => block.type === 'tool_use');
    const result = { type: 'tool_result' as const, tool_use_id: idOf(use), content: 'It rains.' };
    const turn = { role: 'assistant' as const, content: first.content };
    await ask(format, mode, { ...params, messages: [say('Look'), turn, say([result])] });
    const signature = signatureOf({ id: 'a1' });
    // A chat provider signs nothing; its text goes back.
    expect(lastBody()).toContain(format === 'chat' ? 'Hm, I see.' : signature);
    if (format !== 'messages') expect(JSON.stringify(first.content)).not.toContain(signature);
    return format === 'messages' ? 'yes, as it came' : 'yes, sealed';
  },

  async refusal(format, mode) {
    answers = [{ id: 'a1', text: 'I', ends: 'refusal' }];
    const message = await ask(format, mode, { messages: [say('Harm')] });
    expect(message.stop_reason).toBe('refusal');
    return '`refusal`';
  },

  async 'the limit'(format, mode) {
    answers = [{ id: 'a1', text: 'Once upon', ends: 'length' }];
    const message = await ask(format, mode, { messages: [say('Tell')] });
    expect([message.stop_reason, plain(message)]).toEqual(['max_tokens', ['Once upon']]);
    return '`max_tokens`';
  },

  async 'a stream that is cut off'(format, mode) {
    answers = [{ id: 'a1', text: 'Hello there, whoever you are.' }];
    // Into the text, of which some has come.
    cutAfter = mode === 'whole' ? 0 : { chat: 2, responses: 3, messages: 4, gemini: 1, converse: 2 }[format];
    const reply = await mesh.call('POST', '/v1/messages?beta=true', {
      key: account.key,
      body: { model: `acme/${format}`, max_tokens: 100, stream: mode === 'streamed', messages: [say('Hello')] },
    });
    if (mode === 'whole') {
      expect([reply.status, reply.body.type, reply.body.error.type]).toEqual([502, 'error', 'api_error']);
      return '502';
    }
    expect(reply.text).toContain('"Hello there, w');
    expect(reply.text).not.toContain('message_stop');
    expect(reply.text).not.toContain('message_delta');
    const [last = ''] = reply.text.trimEnd().split('\n\n').slice(-1);
    expect(last).toMatch(/^event: error\ndata: \{"type":"error","error":\{"type":"api_error"/);
    return '`event: error`';
  },
};

const table: string[] = [];
describe.each(Object.entries(scenarios))('%s', (name, run) => {
  const cells = new Map<FormatName, string>();
  describe.each(formats)('%s', (format) => {
    test.each(modes)('%s', async (mode) => {
      cells.set(format, await run(format, mode));
    });
  });
  afterAll(() => {
    table.push(`| ${name} | ${formats.map((format) => cells.get(format)).join(' | ')} |`);
  });
});

test.each(modes)('a stop sequence ends an answer also where its provider knows none, %s', async (mode) => {
  answers = [{ id: 'a1', text: 'One END two' }];
  const message = await ask('responses', mode, { stop_sequences: ['END'], messages: [say('Count')] });
  expect([plain(message), message.stop_reason, message.stop_sequence]).toEqual([['One '], 'stop_sequence', 'END']);
  expect(lastBody()).not.toContain('END');
});

test('the table of the documents says the same', () => {
  expect(documentedMatrix('messages.md', 'messages')).toEqual(table);
});
