import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import { embeddingsReply } from '../../functions/router/operations/embeddings/reply-schemas.ts';
import { builtinAt } from '../support/builtin-at.ts';
import { embeddingAnswer, toBase64, vectorOf } from '../support/embedding-answers.ts';
import { type Script, type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';
import { embeddingsRefusal } from '../support/strict-embeddings.ts';

const usual: Readonly<Record<string, number>> = {
  'openai/text-embedding-3-small': 1_536,
  'openai/text-embedding-3-large': 3_072,
  'openai/text-embedding-ada-002': 1_536,
  'google/gemini-embedding-001': 3_072,
  'google/gemini-embedding-2': 3_072,
  'mistralai/mistral-embed': 1_024,
  'mistralai/codestral-embed': 1_536,
  'amazon/titan-embed-text-v2': 1_024,
  'cohere/embed-v4': 1_536,
  'cohere/embed-english-v3': 1_024,
  'cohere/embed-multilingual-v3': 1_024,
};
const dimensionsAt = (path: string) => {
  const [, length = 8] = Object.entries(usual).find(([id]) => path.includes(id.split('/')[1] ?? id)) ?? [];
  return length;
};

let script: Script;
let upstream: ScriptedUpstream;
let mesh: Mesh;
let account: Account;
const works: Script = (request) => {
  const named = `${decodeURIComponent(request.path)} ${JSON.parse(request.body).model ?? ''}`;
  return embeddingAnswer(request, dimensionsAt(named));
};
beforeAll(async () => {
  upstream = await startScriptedUpstream((request) => script(request), { strict: embeddingsRefusal });
  mesh = await startMesh({ catalogue: builtinAt(upstream.url) });
  account = await mesh.makeOwner();
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});
beforeEach(() => {
  script = works;
});

const embed = (body: object, headers: Record<string, string> = {}) =>
  mesh.call('POST', '/v1/embeddings', { key: account.key, body, headers });

describe('every embedding model of the catalogue, at each of its endpoints', () => {
  const { models } = builtinAt('http://127.0.0.1');
  const served = Object.entries(models).flatMap(([id, model]) => {
    const { model_type, endpoints } = model as { model_type?: string; endpoints: { provider: string }[] };
    return model_type === 'embedding' ? endpoints.map(({ provider }) => [id, provider] as const) : [];
  });

  test('there are some', () => expect(served.length).toBeGreaterThan(10));

  test.each(served)(
    '%s at %s makes a vector of each text, in a body that its provider takes',
    async (model, provider) => {
      const before = upstream.requests.length;
      const input = ['The first text', 'Second', 'The third of them'];
      const { status, body } = await embed({ model, input, input_type: 'query', provider: { only: [provider] } });
      expect([status, body.error]).toEqual([200, undefined]);
      embeddingsReply.parse(body);
      expect(body.data.map(({ index }: { index: number }) => index)).toEqual([0, 1, 2]);
      const length = usual[model] ?? 0;
      expect(body.data.map(({ embedding }: { embedding: number[] }) => embedding)).toEqual(
        input.map((text) => vectorOf(text, length)),
      );
      expect(upstream.requests.length).toBeGreaterThan(before);
      expect(body).toMatchObject({ model, provider, mesh: { routing: { provider, auto: false, fallback: false } } });
      expect(body.usage.prompt_tokens).toBeGreaterThan(0);
      expect(Number(body.cost)).toBeGreaterThan(0);
    },
  );
});

test('OpenAI’s SDK gets the same vectors as floats and, by default, as base64', async () => {
  const model = 'openai/text-embedding-3-small';
  const floats = await account.openai.embeddings.create({ model, input: 'Hello', encoding_format: 'float' });
  const usual = await account.openai.embeddings.create({ model, input: 'Hello' });
  expect(floats.data[0]?.embedding).toEqual(vectorOf('Hello', 1_536));
  expect(usual.data[0]?.embedding).toEqual(vectorOf('Hello', 1_536));
  const { body } = await embed({ model, input: 'Hello', encoding_format: 'base64' });
  expect(body.data[0].embedding).toBe(toBase64(vectorOf('Hello', 1_536)));
});

test('one charge is posted, exactly what the provider counted', async () => {
  const { body } = await embed({ model: 'openai/text-embedding-3-large', input: ['one two three', 'four'] });
  expect(body.usage).toEqual({ prompt_tokens: 4, total_tokens: 4, cost: 0.00000052 });
  expect(body.mesh.cost.basis).toBe('exact');
  const charged = await mesh.documents.query({
    collection: ENTRIES,
    where: [{ field: 'entry_id', op: '==', value: body.id }],
  });
  expect(charged).toHaveLength(1);
  expect((await account.balance()).reserved_usd).toBe('0');
});

test('a chat model is refused here, and an embedding model wherever models chat', async () => {
  const chat = await embed({ model: 'openai/gpt-4o-mini', input: 'x' });
  expect([chat.status, chat.body.error.code, chat.body.error.param]).toEqual([
    400,
    'model_capability_not_supported',
    'model',
  ]);
  const model = 'openai/text-embedding-3-small';
  const messages = [{ role: 'user', content: 'x' }];
  const bodies: [string, object][] = [
    ['/v1/chat/completions', { model, messages }],
    ['/v1/messages', { model, messages, max_tokens: 5 }],
    ['/v1/messages/count_tokens', { model, messages }],
    ['/v1/responses', { model, input: 'x' }],
    ['/v1/chat/completions', { model: 'openai/gpt-4o-mini', models: [model], messages }],
  ];
  for (const [path, body] of bodies) {
    const { status, text } = await mesh.call('POST', path, { key: account.key, body });
    expect([path, status]).toEqual([path, 400]);
    expect(text).toContain('/v1/embeddings');
  }
});
