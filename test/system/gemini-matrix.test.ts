import {
  type Content,
  type GenerateContentParameters,
  type GenerateContentResponse,
  GoogleGenAI,
  type Part,
} from '@google/genai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type FormatName, formatNames } from '../../functions/core/endpoints/endpoint.ts';
import { documentedMatrix, matrixCatalogue } from '../support/matrix-catalogue.ts';
import { type ModelAnswer, modelAnswer, signatureOf } from '../support/model-answers.ts';
import { refusalOfGeminiRelay } from '../support/relayed-gemini.ts';
import { after, reset, type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { argumentsAs, sentCalls } from '../support/sent-calls.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

/** Google's form in, each of the five formats out, whole and streamed, through Google's own client and strict upstreams. */

const formats: readonly FormatName[] = formatNames;
const modes = ['whole', 'streamed'] as const;
type Mode = (typeof modes)[number];

let mesh: Mesh;
let account: Account;
let client: GoogleGenAI;
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
    { strict: refusalOfGeminiRelay },
  );
  mesh = await startMesh({ catalogue: matrixCatalogue(upstream.url, 'gemini') });
  account = await mesh.makeOwner({ key: { rpm_limit: 10_000 } });
  client = new GoogleGenAI({ apiKey: account.key, httpOptions: { baseUrl: mesh.url } });
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

type Params = Omit<GenerateContentParameters, 'model'>;

/** An answer, put together as a client would. */
interface Answer {
  parts: Part[];
  finishReason: string | undefined;
  usage: GenerateContentResponse['usageMetadata'];
  model: string | undefined;
}

async function ask(format: FormatName, mode: Mode, { config, ...params }: Params): Promise<Answer> {
  const request = { model: `acme/${format}`, ...params, config: { maxOutputTokens: 4_000, ...config } };
  if (mode === 'whole') return gathered([await client.models.generateContent(request)]);
  const responses: GenerateContentResponse[] = [];
  for await (const response of await client.models.generateContentStream(request)) responses.push(response);
  return gathered(responses);
}

function gathered(responses: readonly GenerateContentResponse[]): Answer {
  const candidates = responses.flatMap((response) => response.candidates ?? []);
  return {
    parts: candidates.flatMap(({ content }) => content?.parts ?? []),
    finishReason: candidates.findLast(({ finishReason }) => finishReason !== undefined)?.finishReason,
    usage: responses.findLast(({ usageMetadata }) => usageMetadata !== undefined)?.usageMetadata,
    model: responses.at(-1)?.modelVersion,
  };
}

const say = (...parts: Part[]): Content => ({ role: 'user', parts });
const turnOf = ({ parts }: Answer): Content => ({ role: 'model', parts });
const look = { name: 'look', description: 'Looks', parametersJsonSchema: { type: 'object', properties: {} } };
const tools = [{ functionDeclarations: [look] }];
const lastBody = () => upstream.requests.at(-1)?.body ?? '';
/** What a model wrote; neighbours of one kind are one, however a stream was cut. */
function plain({ parts }: Answer): string[] {
  const said: string[] = [];
  let kind = '';
  for (const { text = '', thought, functionCall } of parts) {
    if (functionCall !== undefined) said.push(`${functionCall.name}(${JSON.stringify(functionCall.args)})`);
    else if (text !== '' && kind === String(thought)) said[said.length - 1] += text;
    else if (text !== '') said.push(thought ? `(${text}` : text);
    kind = functionCall === undefined && text !== '' ? String(thought) : '';
  }
  return said.map((each) => (each.startsWith('(') ? `${each})` : each));
}
const callsOf = ({ parts }: Answer) => parts.flatMap(({ functionCall }) => functionCall ?? []);
const resultsOf = (answer: Answer, told: (args: unknown) => string): Part[] =>
  callsOf(answer).map(({ id, name, args }) => ({
    functionResponse: { ...(id === undefined ? {} : { id }), name: name ?? '', response: { output: told(args) } },
  }));

/** Each scenario; what it returns stands in the table of the documents. */
const scenarios: Record<string, (format: FormatName, mode: Mode) => Promise<string>> = {
  async text(format, mode) {
    answers = [{ id: 'a1', text: 'Hello there.', usage: { input: 12, output: 7 } }];
    const answer = await ask(format, mode, {
      contents: [say({ text: 'Hello' })],
      config: { systemInstruction: 'Be brief.' },
    });
    expect(plain(answer)).toEqual(['Hello there.']);
    expect([answer.model, answer.finishReason]).toEqual([`acme/${format}`, 'STOP']);
    expect(answer.usage).toMatchObject({ promptTokenCount: 12, candidatesTokenCount: 7 });
    expect(lastBody()).toContain('Be brief.');
    return 'yes';
  },

  async 'tools, and a second turn'(format, mode) {
    const args = '{"at": "Pune", "days": 9007199254740993}';
    answers = [
      { id: 'a1', text: 'I look.', calls: [{ id: 'call_1', name: 'look', args }] },
      { id: 'a2', text: 'Rain.' },
    ];
    const first = await ask(format, mode, { contents: [say({ text: 'Look' })], config: { tools } });
    expect(first.finishReason).toBe('STOP');
    expect(plain(first)).toEqual(['I look.', 'look({"at":"Pune","days":9007199254740992})']);
    const contents = [say({ text: 'Look' }), turnOf(first), say(...resultsOf(first, () => 'It rains.'))];
    expect(plain(await ask(format, mode, { contents, config: { tools } }))).toEqual(['Rain.']);
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
    const first = await ask(format, mode, { contents: [say({ text: 'Look' })], config: { tools } });
    expect(plain(first)).toEqual(['look({"at":"Pune"})', 'look({"at":"Agra"})']);
    const results = resultsOf(first, (args) => `of ${(args as { at: string }).at}`);
    const named = callsOf(first).every(({ id }) => id !== undefined);
    const contents = [
      say({ text: 'Look' }),
      turnOf(first),
      say(...(named ? results.toReversed() : results), { text: 'And?' }),
    ];
    await ask(format, mode, { contents, config: { tools } });
    const sent = sentCalls(format, lastBody());
    expect(sent.calls.map((call) => call.args)).toEqual(calls.map((call) => argumentsAs(call.args)));
    expect(sent.results.map(({ text }) => text).toSorted()).toEqual(['of Agra', 'of Pune']);
    const byId = new Map(sent.results.map(({ id, text }) => [id, text]));
    if (format !== 'gemini') {
      expect(sent.calls.map(({ id, args }) => byId.get(id) === `of ${JSON.parse(args).at}`)).toEqual([true, true]);
    }
    return 'yes';
  },

  async images(format, mode) {
    const data = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=';
    answers = [{ id: 'a1', text: 'A dot.' }];
    const contents = [say({ inlineData: { mimeType: 'image/png', data } }, { text: 'What?' })];
    expect(plain(await ask(format, mode, { contents }))).toEqual(['A dot.']);
    expect(lastBody()).toContain(data);
    return 'yes';
  },

  async PDF(format, mode) {
    const data = 'JVBERi0xLjQK';
    answers = [{ id: 'a1', text: 'A page.' }];
    const contents = [say({ inlineData: { mimeType: 'application/pdf', data } }, { text: 'What?' })];
    expect(plain(await ask(format, mode, { contents }))).toEqual(['A page.']);
    expect(lastBody()).toContain(data);
    return 'yes';
  },

  async 'thinking over two turns'(format, mode) {
    const call = { id: 'call_1', name: 'look', args: '{"at":"Pune"}' };
    answers = [
      { id: 'a1', thinking: 'Hm, I see.', text: 'I look.', calls: [call] },
      { id: 'a2', text: 'Rain.' },
    ];
    const config = { tools, thinkingConfig: { includeThoughts: true, thinkingBudget: 2_000 } };
    const first = await ask(format, mode, { contents: [say({ text: 'Look' })], config });
    expect(plain(first)).toEqual(['(Hm, I see.)', 'I look.', 'look({"at":"Pune"})']);
    // As Gemini CLI keeps an answer: without what was only shown.
    const kept = first.parts.filter(({ thought }) => thought !== true);
    const contents = [
      say({ text: 'Look' }),
      { role: 'model', parts: kept },
      say(...resultsOf(first, () => 'It rains.')),
    ];
    await ask(format, mode, { contents, config });
    const signature = signatureOf({ id: 'a1' });
    // A chat provider signs nothing; its text goes back.
    if (format === 'chat') expect(lastBody()).toContain('Hm, I see.');
    else expect(lastBody()).toContain(signature);
    if (format !== 'gemini') expect(JSON.stringify(first.parts)).not.toContain(signature);
    return format === 'gemini' ? 'yes, as it came' : 'yes, sealed';
  },

  async refusal(format, mode) {
    answers = [{ id: 'a1', text: 'I', ends: 'refusal' }];
    const answer = await ask(format, mode, { contents: [say({ text: 'Harm' })] });
    expect(answer.finishReason).toBe('SAFETY');
    return '`SAFETY`';
  },

  async 'the limit'(format, mode) {
    answers = [{ id: 'a1', text: 'Once upon', ends: 'length' }];
    const answer = await ask(format, mode, { contents: [say({ text: 'Tell' })] });
    expect([answer.finishReason, plain(answer)]).toEqual(['MAX_TOKENS', ['Once upon']]);
    return '`MAX_TOKENS`';
  },

  async 'a stream that is cut off'(format, mode) {
    answers = [{ id: 'a1', text: 'Hello there, whoever you are.' }];
    // Into the text, of which some has come.
    cutAfter = mode === 'whole' ? 0 : { chat: 2, responses: 3, messages: 4, gemini: 1, converse: 2 }[format];
    const verb = mode === 'whole' ? 'generateContent' : 'streamGenerateContent?alt=sse';
    const reply = await mesh.call('POST', `/v1beta/models/acme/${format}:${verb}`, {
      key: account.key,
      body: { contents: [say({ text: 'Hello' })], generationConfig: { maxOutputTokens: 100 } },
    });
    if (mode === 'whole') {
      expect([reply.status, reply.body.error.code, reply.body.error.status]).toEqual([502, 502, 'UNAVAILABLE']);
      return '502';
    }
    expect(reply.text).toContain('"Hello there, w');
    expect(reply.text).not.toContain('finishReason');
    const [last = ''] = reply.text.trimEnd().split('\n\n').slice(-1);
    expect(last).toMatch(/^data: \{"error":\{"code":502,/);
    return 'an error';
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

test('the table of the documents says the same', () => {
  expect(documentedMatrix('gemini.md', 'gemini')).toEqual(table);
});
