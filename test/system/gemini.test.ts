import { GoogleGenAI } from '@google/genai';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { googleModel, googleModelList } from '../../functions/router/api/models/google-models.ts';
import {
  batchEmbedReply,
  countReply,
  embedReply,
  generateListReply,
  generateReply,
} from '../../functions/router/operations/generate-content/reply-schemas.ts';
import { MAX_COUNTS_A_MINUTE } from '../../functions/router/operations/shared/count-input.ts';
import { builtinAt } from '../support/builtin-at.ts';
import { embeddingAnswer, vectorOf } from '../support/embedding-answers.ts';
import { modelAnswer } from '../support/model-answers.ts';
import { json, type Script, type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

/** The built-in catalogue, through Google's own client. */

let mesh: Mesh;
let account: Account;
let client: GoogleGenAI;
let upstream: ScriptedUpstream;
let counts: Script;

const gemini = 'google/gemini-2.5-flash';
const small = 'google/gemini-embedding-001';
const contents = [{ role: 'user', parts: [{ text: 'Hello there, how are you today?' }] }];

beforeAll(async () => {
  counts = () => json({ totalTokens: 4321, promptTokensDetails: [{ modality: 'TEXT', tokenCount: 4321 }] });
  upstream = await startScriptedUpstream(
    (request) => {
      if (request.path.includes(':countTokens')) return counts(request);
      if (/:(batchE|e)mbedContent|:predict/.test(request.path)) return embeddingAnswer(request, 3_072);
      return modelAnswer('gemini', request.path.includes(':stream'), { id: 'a1', text: 'Hello.' });
    },
    { strict: () => null },
  );
  mesh = await startMesh({ catalogue: builtinAt(upstream.url) });
  account = await mesh.makeOwner({ key: { rpm_limit: 100_000 } });
  client = new GoogleGenAI({ apiKey: account.key, httpOptions: { baseUrl: mesh.url, apiVersion: 'v1beta' } });
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
  expect(JSON.stringify(mesh.log.lines)).not.toContain('how are you');
});

const post = (path: string, body: object, key = account.key) =>
  mesh.call('POST', `/v1beta/models/${path}`, { key, body });

test('replies are as the document says', async () => {
  const whole = await post(`${gemini}:generateContent`, { contents });
  expect([whole.status, generateReply.safeParse(whole.body).error]).toEqual([200, undefined]);
  const list = await post(`${gemini}:streamGenerateContent`, { contents });
  expect(generateListReply.safeParse(JSON.parse(list.text)).error).toBeUndefined();
  expect((await post('mesh/echo:generateContent', { contents })).body.candidates[0].content.parts[0].text).toBe(
    contents[0]?.parts[0]?.text,
  );
});

test('a name with its slash encoded, and a bare one, are the same model', async () => {
  for (const name of [encodeURIComponent(gemini), 'gemini-2.5-flash']) {
    expect((await post(`${name}:generateContent`, { contents })).body.modelVersion).toBe(gemini);
  }
  const { key } = await mesh.makeOwner({ key: { allowed_models: [gemini] } });
  expect((await post('auto:generateContent', { contents }, key)).body.modelVersion).toBe(gemini);
});

test('an idempotency key stands for the model and the way of the answer, too', async () => {
  const ask = (path: string) =>
    mesh.call('POST', `/v1beta/models/${path}`, {
      key: account.key,
      body: { contents },
      headers: { 'idempotency-key': 'once' },
    });
  expect((await ask(`${gemini}:generateContent`)).status).toBe(200);
  const again = await ask(`${gemini}:generateContent`);
  expect([again.status, again.body.error.status]).toEqual([409, 'ABORTED']);
  expect((await ask('mesh/echo:generateContent')).status).toBe(422);
  expect((await ask(`${gemini}:streamGenerateContent`)).status).toBe(422);
});

describe('models', () => {
  test('are listed page by page, as Google’s client reads them', async () => {
    const names: (string | undefined)[] = [];
    for await (const { name } of await client.models.list({ config: { pageSize: 7 } })) names.push(name);
    const { body } = await mesh.call('GET', '/v1/models', { key: account.key });
    const served = body.data.map(({ id }: { id: string }) => id).filter((id: string) => id !== 'auto');
    expect(names).toEqual(served.map((id: string) => `models/${id}`));
    expect(names.length).toBeGreaterThan(14);
  });

  test('and below v1, to who comes with a key as Google’s clients send it', async () => {
    const headers = { 'x-goog-api-key': account.key };
    const list = await mesh.call('GET', '/v1/models', { headers });
    expect(googleModelList.safeParse(list.body).error).toBeUndefined();
    const one = await mesh.call('GET', `/v1/models/${gemini}`, { headers });
    expect(googleModel.parse(one.body)).toEqual(
      await mesh.call('GET', `/v1beta/models/${gemini}`, { headers }).then(({ body }) => body),
    );
  });

  test('say what they can be asked', async () => {
    const { inputTokenLimit, supportedActions } = await client.models.get({ model: gemini });
    expect(inputTokenLimit).toBe(1_048_576);
    expect(supportedActions).toContain('generateContent');
    const methodsOf = async (id: string) =>
      (await mesh.call('GET', `/v1beta/models/${id}`, { key: account.key })).body.supportedGenerationMethods;
    expect(await methodsOf(gemini)).toEqual(['generateContent', 'streamGenerateContent', 'countTokens']);
    expect(await methodsOf(small)).toEqual(['embedContent', 'batchEmbedContents']);
  });

  test('that a key may not use are not there', async () => {
    const { key } = await mesh.makeOwner({ key: { allowed_models: [gemini] } });
    const { body } = await mesh.call('GET', '/v1beta/models', { key });
    expect(body.models.map(({ baseModelId }: { baseModelId: string }) => baseModelId)).toEqual([gemini]);
    expect((await mesh.call('GET', `/v1beta/models/${small}`, { key })).status).toBe(404);
    expect((await mesh.call('GET', '/v1beta/models?pageToken=x', { key })).status).toBe(400);
  });
});

describe('a count', () => {
  test('is Google’s own where there is one', async () => {
    const { totalTokens } = await client.models.countTokens({ model: gemini, contents });
    expect(totalTokens).toBe(4321);
    const reply = await post(`${gemini}:countTokens`, { contents });
    expect(countReply.parse(reply.body).mesh).toEqual({ basis: 'provider', factor: 1 });
  });

  test('is asked for with all of the request, but for what says how an answer is written', async () => {
    const request = { contents, systemInstruction: { parts: [{ text: 'Be brief.' }] }, generationConfig: { topP: 1 } };
    for (const body of [request, { generateContentRequest: { model: `models/${gemini}`, ...request } }]) {
      await post(`${gemini}:countTokens`, body);
      const { body: sent, path } = upstream.requests.at(-1) ?? { body: '{}', path: '' };
      const { generationConfig: _, ...asked } = request;
      const model = 'models/gemini-2.5-flash';
      expect(JSON.parse(sent)).toEqual(
        path.includes('/publishers/') ? asked : { generateContentRequest: { model, ...asked } },
      );
    }
  });

  test('is ours where there is none, or none that comes', async () => {
    counts = () => json({ error: { code: 500, status: 'INTERNAL' } }, 500);
    for (const model of [gemini, 'anthropic/claude-sonnet-4.5', 'mesh/echo']) {
      const { body } = await post(`${model}:countTokens`, { contents });
      expect(countReply.parse(body).mesh.basis).toBe('counted');
      expect(body.totalTokens).toBeGreaterThan(7);
      expect(body.totalTokens).toBeLessThan(80);
    }
  });

  test('is free, and has the rate that all counts of a key have', async () => {
    const poor = await mesh.makeOwner({ amount: '0.000001' });
    const count = () => post('mesh/echo:countTokens', { contents }, poor.key);
    const replies = await Promise.all(Array.from({ length: MAX_COUNTS_A_MINUTE + 5 }, count));
    const refused = replies.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThanOrEqual(5);
    expect(refused[0]?.body.error).toMatchObject({ code: 429, status: 'RESOURCE_EXHAUSTED' });
    expect((await poor.balance()).balance_usd).toBe('0.000001');
  }, 60_000);

  test('of what is refused is refused', async () => {
    expect((await post(`${gemini}:countTokens`, { contents, tools: [{ googleSearch: {} }] })).status).toBe(400);
    expect((await post(`${small}:countTokens`, { contents })).status).toBe(400);
  });
});

describe('embeddings', () => {
  test('are asked for by Google’s client', async () => {
    const { embeddings } = await client.models.embedContent({ model: small, contents: ['A', 'B'] });
    expect(embeddings?.map(({ values }) => values?.length)).toEqual([3_072, 3_072]);
    expect(embeddings?.[0]?.values).not.toEqual(embeddings?.[1]?.values);
  });

  test('of one text and of several are charged once each', async () => {
    const content = { parts: [{ text: 'A text' }] };
    const one = await post(`${small}:embedContent`, {
      content,
      taskType: 'RETRIEVAL_QUERY',
      outputDimensionality: 256,
    });
    expect([one.status, embedReply.safeParse(one.body).error]).toEqual([200, undefined]);
    expect(one.body.embedding.values).toEqual(vectorOf('A text', 256));
    const entries = Array.from({ length: 150 }, (_, at) => ({
      content: { parts: [{ text: `text ${at}` }] },
      outputDimensionality: 128,
    }));
    const before = upstream.requests.length;
    const many = await post(`${small}:batchEmbedContents`, { requests: entries });
    expect([many.status, batchEmbedReply.safeParse(many.body).error]).toEqual([200, undefined]);
    expect(many.body.embeddings[149].values).toEqual(vectorOf('text 149', 128));
    expect(upstream.requests.length).toBeGreaterThan(before + 1);
    const { body: charged } = await mesh.call('GET', `/v1/generation?id=${many.body.mesh.request_id}`, {
      key: account.key,
    });
    expect(String(charged.data.total_cost)).toBe(String(Number(many.body.cost)));
  });

  const content = { parts: [{ text: 'A' }] };
  test.each<[string, string, object, string]>([
    ['no text', 'embedContent', { content: { parts: [] } }, 'content.parts'],
    ['an empty text', 'embedContent', { content: { parts: [{ text: '' }] } }, 'content'],
    ['an image', 'embedContent', { content: { parts: [{ text: 'a', inlineData: {} }] } }, 'content.parts.0'],
    ['a title', 'embedContent', { content, title: 'T' }, 'title'],
    ['a task that is none', 'embedContent', { content, taskType: 'SINGING' }, 'taskType'],
    ['no requests', 'batchEmbedContents', { requests: [] }, 'requests'],
    [
      'two tasks',
      'batchEmbedContents',
      { requests: [{ content }, { content, task_type: 'CLUSTERING' }] },
      'requests.1.taskType',
    ],
    ['another model', 'batchEmbedContents', { requests: [{ content, model: 'models/other' }] }, 'requests.0.model'],
  ])('with %s are refused', async (_name, verb, body, field) => {
    const { status, body: told } = await post(`${small}:${verb}`, body);
    const violations = told.error.details.flatMap(({ fieldViolations = [] }) => fieldViolations);
    expect([status, told.error.status, violations[0]?.field]).toEqual([400, 'INVALID_ARGUMENT', field]);
  });

  test('are of an embedding model alone, and that of nothing else', async () => {
    expect((await post(`${gemini}:embedContent`, { content })).status).toBe(400);
    expect((await post(`${small}:generateContent`, { contents })).status).toBe(400);
    expect((await post('auto:embedContent', { content })).status).toBe(400);
  });
});
