import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Tiktoken } from 'js-tiktoken/lite';
import cl100k from 'js-tiktoken/ranks/cl100k_base';
import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import { embeddingsReply } from '../../functions/router/operations/embeddings/reply-schemas.ts';
import { builtinAt } from '../support/builtin-at.ts';
import { embeddingAnswer, toBase64, vectorOf } from '../support/embedding-answers.ts';
import { json, type Script, type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';
import { embeddingsRefusal } from '../support/strict-embeddings.ts';

/** Numbers of a vector, as the providers' pages say. */
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
  upstream = await startScriptedUpstream((request) => script(request), {
    strict: (request) => (request.path.startsWith('/acme') ? null : embeddingsRefusal(request)),
  });
  const { providers, models } = builtinAt(upstream.url);
  const acme = { format: 'chat', base_url: `${upstream.url}/acme`, auth: { type: 'none' } };
  const unknown = {
    model_type: 'embedding',
    context_length: 1_000,
    endpoints: [{ provider: 'acme', model: 'unknown', price: { input: '1', output: '0' } }],
  };
  mesh = await startMesh({
    catalogue: { providers: { ...providers, acme }, models: { ...models, 'acme/unknown': unknown } },
  });
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

describe('ids of tokens, as LangChain sends them unless it is told otherwise', () => {
  const tokenizer = new Tiktoken(cl100k);
  const texts = ['Hello, world', 'नमस्ते दुनिया'];
  const input = texts.map((text) => tokenizer.encode(text));

  test('go to OpenAI as they are', async () => {
    const model = 'openai/text-embedding-3-small';
    const { body } = await embed({ model, input });
    expect(JSON.parse(upstream.requests.at(-1)?.body ?? '').input).toEqual(input);
    expect(body.usage.prompt_tokens).toBe(input.flat().length);
    const one = await embed({ model, input: input[0] });
    expect(one.body.data).toHaveLength(1);
  });

  test.each([
    'google/gemini-embedding-001',
    'mistralai/mistral-embed',
    'amazon/titan-embed-text-v2',
    'cohere/embed-v4',
  ])('are made text again for %s', async (model) => {
    const { status, body } = await embed({ model, input });
    expect(status).toBe(200);
    const length = usual[model] ?? 0;
    expect(body.data.map(({ embedding }: { embedding: number[] }) => embedding)).toEqual(
      texts.map((text) => vectorOf(text, length)),
    );
  });

  test('that are in no vocabulary are refused where a text is needed, and a model whose ids nobody knows takes none', async () => {
    const strange = await embed({ model: 'mistralai/mistral-embed', input: [[100_300]] });
    expect([strange.status, strange.body.error.code]).toEqual([400, 'model_capability_not_supported']);
    const unknown = await embed({ model: 'acme/unknown', input });
    expect(unknown.body.error).toMatchObject({
      code: 'model_capability_not_supported',
      details: { missing: ['token_ids'], model: 'acme/unknown' },
    });
    expect((await embed({ model: 'acme/unknown', input: texts })).status).toBe(200);
  });
});

describe('dimensions', () => {
  test.each([
    ['openai/text-embedding-3-large', 256],
    ['google/gemini-embedding-001', 768],
    ['google/gemini-embedding-2', 128],
    ['mistralai/codestral-embed', 512],
    ['mistralai/mistral-embed', 1_024],
    ['amazon/titan-embed-text-v2', 512],
    ['cohere/embed-v4', 256],
    ['cohere/embed-english-v3', 1_024],
  ])('%s makes %i', async (model, dimensions) => {
    const { status, body } = await embed({ model, input: 'Hello', dimensions });
    expect([status, body.data?.[0].embedding]).toEqual([200, vectorOf('Hello', dimensions)]);
  });

  test.each([
    ['openai/text-embedding-ada-002', 512],
    ['openai/text-embedding-3-small', 3_072],
    ['mistralai/mistral-embed', 512],
    ['amazon/titan-embed-text-v2', 300],
    ['google/gemini-embedding-2', 64],
  ])('%s does not make %i, which is said before anything is bought', async (model, dimensions) => {
    const before = upstream.requests.length;
    const { status, body } = await embed({ model, input: 'Hello', dimensions });
    expect([status, body.error.code]).toEqual([400, 'model_capability_not_supported']);
    expect(body.error.message).toContain('dimensions');
    expect(upstream.requests.length).toBe(before);
  });
});

describe('never another model', () => {
  const model = 'acme/unknown';

  test.each([
    ['auto', { model: 'auto' }, 'model'],
    ['OpenRouter’s auto', { model: 'openrouter/auto' }, 'model'],
    ['fallback models', { models: ['openai/text-embedding-3-small'] }, 'models'],
    ['no model at all', { model: undefined }, 'model'],
  ])('%s is refused', async (_, more, param) => {
    const { status, body } = await embed({ model, input: 'x', ...more });
    expect([status, body.error.code, body.error.param]).toEqual([400, 'invalid_request_error', param]);
  });

  test('a key’s fallbacks and defaults are for its chats: they are not heeded', async () => {
    const key = {
      default_model: 'openai/text-embedding-3-small',
      default_params: { temperature: 0.5, dimensions: 3 },
      routing_policy: { models: ['openai/text-embedding-3-small'], weight_profile: 'cost_first' },
    };
    const other = await mesh.makeOwner({ key });
    script = ({ path }) => (path.startsWith('/acme') ? json({ error: { message: 'down' } }, 503) : json({ data: [] }));
    const before = upstream.requests.length;
    const failed = await mesh.call('POST', '/v1/embeddings', { key: other.key, body: { model, input: 'x' } });
    expect(failed.status).toBe(502);
    expect(upstream.requests.slice(before).map(({ path }) => path)).toEqual(['/acme/embeddings']);
    const unnamed = await mesh.call('POST', '/v1/embeddings', { key: other.key, body: { input: 'x' } });
    expect([unnamed.status, unnamed.body.error.param]).toEqual([400, 'model']);
    await mesh.call('POST', '/v1/breakers/acme%2Funknown/reset', { key: mesh.adminKey });
  });
});

describe('requests of clients, as they leave them', () => {
  const model = 'openai/text-embedding-3-small';

  test.each<[string, object, Record<string, string>]>([
    ['Open WebUI 0.12', { input: ['one', 'two'], model }, { 'x-openwebui-user-id': 'u1' }],
    ['n8n 2.41', { model, input: ['one', 'two'], encoding_format: 'float' }, {}],
    ['litellm 1.110', { input: ['one', 'two'], model, encoding_format: 'float', user: 'default_user_id' }, {}],
    ['Continue', { input: ['one', 'two'], model }, { 'api-key': 'x' }],
    ['LangChain’s JavaScript', { model, input: ['one', 'two'], encoding_format: 'float' }, {}],
  ])('%s', async (_, body, headers) => {
    const reply = await embed(body, headers);
    expect(reply.status).toBe(200);
    expect(reply.body.data.map(({ embedding }: { embedding: number[] }) => embedding.length)).toEqual([1_536, 1_536]);
    expect(reply.headers.get('x-mesh-routing-provider')).toBe('openai');
  });
});

describe('what is too much is refused before anything is bought', () => {
  test.each<[string, object, string]>([
    [
      'an input longer than the model reads',
      { model: 'cohere/embed-english-v3', input: ['a', 'word '.repeat(2_000)] },
      'context_length_exceeded',
    ],
    [
      'more numbers than an answer may have',
      { model: 'openai/text-embedding-3-large', input: Array(2_731).fill('x') },
      'invalid_request_error',
    ],
    [
      'more inputs than there may be',
      { model: 'acme/unknown', input: Array(8_193).fill('x') },
      'invalid_request_error',
    ],
  ])('%s', async (_, body, code) => {
    const before = upstream.requests.length;
    const reply = await embed(body);
    expect([reply.status, reply.body.error.code, reply.body.error.param]).toEqual([400, code, 'input']);
    expect(upstream.requests.length).toBe(before);
  });

  test('but many inputs may be longer together than one may be', async () => {
    const { status, body } = await embed({
      model: 'cohere/embed-english-v3',
      input: Array(50).fill('word '.repeat(300)),
    });
    expect([status, body.data?.length]).toEqual([200, 50]);
  });

  test('and what a balance does not cover', async () => {
    const poor = await mesh.makeOwner({ amount: '0.000001' });
    const body = { model: 'openai/text-embedding-3-large', input: 'word '.repeat(500) };
    const { status, body: refused } = await mesh.call('POST', '/v1/embeddings', { key: poor.key, body });
    expect([status, refused.error.code]).toEqual([402, 'spend_limit_exceeded']);
  });
});

test('a caller’s mistake in the provider’s words is a 400, and costs nothing', async () => {
  script = () =>
    json({ error: { message: 'input 3 is not valid', type: 'invalid_request_error', param: 'input' } }, 400);
  const { status, body, headers } = await embed({ model: 'acme/unknown', input: 'x' });
  expect([status, body.error.code, body.error.message]).toEqual([400, 'bad_request', 'input 3 is not valid']);
  const id = String(headers.get('x-mesh-request-id'));
  const charged = await mesh.documents.query({
    collection: ENTRIES,
    where: [{ field: 'entry_id', op: '==', value: id }],
  });
  expect(charged).toEqual([]);
});

test('the same Idempotency-Key is charged once', async () => {
  const body = { model: 'openai/text-embedding-3-small', input: 'once' };
  const headers = { 'idempotency-key': 'embed-1' };
  expect((await embed(body, headers)).status).toBe(200);
  expect((await embed(body, headers)).status).toBe(409);
});

test('what was used shows by its model, and every model is listed with what it costs', async () => {
  const { body } = await mesh.call('POST', '/v1/usage/events', { key: account.key, body: { limit: 200 } });
  const mine = body.data.find((each: { model: string }) => each.model === 'openai/text-embedding-3-large');
  expect(mine).toMatchObject({ surface: 'embeddings', streamed: false, completion_tokens: 0, basis: 'exact' });
  const listed = await mesh.call('GET', '/v1/models?type=embedding', { key: account.key });
  expect(listed.body.data.map(({ id }: { id: string }) => id)).toEqual([...Object.keys(usual), 'acme/unknown']);
  expect(listed.body.data[0]).toMatchObject({
    architecture: { output_modalities: ['embedding'] },
    pricing: { prompt: '0.00000002', completion: '0' },
  });
});

test('no client that can only chat is offered them', async () => {
  const headers = { 'anthropic-version': '2023-06-01' };
  const { body } = await mesh.call('GET', '/v1/models', { key: account.key, headers });
  const ids = body.data.map(({ id }: { id: string }) => id);
  expect(ids).toContain('openai/gpt-4o-mini');
  expect(ids.filter((id: string) => id in usual || id === 'acme/unknown')).toEqual([]);
  const { models } = (await mesh.call('GET', '/v1/models', { key: account.key })).body;
  expect(models.filter(({ slug }: { slug: string }) => slug in usual)).toEqual([]);
});
