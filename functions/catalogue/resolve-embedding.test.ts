import { describe, expect, test } from '@jest/globals';
import { takesDimensions } from '../core/endpoints/embedding-rules.ts';
import type { Endpoint } from '../core/endpoints/endpoint.ts';
import { parseCatalogueFile } from './catalogue-file.ts';
import { buildCatalogue } from './load-catalogue.ts';

const price = { input: '1', output: '0' };
const auth = { type: 'none' };

/** The endpoint of one embedding model of one provider. */
function endpointOf(provider: object, entry: object = {}, model: object = {}): Endpoint {
  const file = {
    providers: { acme: { format: 'chat', base_url: 'https://acme.test/v1', auth, ...provider } },
    models: {
      'acme/vectors': {
        model_type: 'embedding',
        context_length: 1_000,
        endpoints: [{ provider: 'acme', model: 'v-1', price, ...entry }],
        ...model,
      },
    },
  };
  const [endpoint] = buildCatalogue([parseCatalogueFile(file)]).models.get('acme/vectors')?.endpoints ?? [];
  if (endpoint === undefined) throw new Error('There is no endpoint.');
  return endpoint;
}

test('an embedding model writes nothing, and needs no limit of what it writes', () => {
  expect(endpointOf({})).toMatchObject({ maxOutputTokens: 0, contextLength: 1_000 });
});

describe('where it is asked', () => {
  const base = 'https://{region}.test/models/{model}';
  test.each<[string, object, object, string]>([
    ['OpenAI’s path', {}, {}, 'https://acme.test/v1/embeddings'],
    ['OpenAI’s, beside responses', { format: 'responses' }, {}, 'https://acme.test/v1/embeddings'],
    [
      'Gemini’s',
      { format: 'gemini', base_url: base, regions: ['x'] },
      {},
      'https://x.test/models/v-1:batchEmbedContents',
    ],
    [
      'Vertex AI’s',
      { format: 'gemini', base_url: base, regions: ['x'] },
      { embedding: { shape: 'predict' } },
      'https://x.test/models/v-1:predict',
    ],
    [
      'Vertex AI’s with its own prefix',
      { format: 'gemini', base_url: 'https://v.test', regions: ['x'], vars: { project: 'p' } },
      { embedding: { shape: 'embed_content' } },
      'https://v.test/v1/projects/p/locations/x/publishers/google/models/v-1:embedContent',
    ],
    [
      'Bedrock’s',
      { format: 'converse' },
      { model: 'titan:0', embedding: { shape: 'titan' } },
      'https://acme.test/v1/model/titan%3A0/invoke',
    ],
    ['its own', {}, { path: '/vectors' }, 'https://acme.test/v1/vectors'],
    ['never the path of its provider’s chats', { path: '/chat' }, {}, 'https://acme.test/v1/embeddings'],
  ])('%s', (_, provider, entry, url) => {
    expect(endpointOf(provider, entry)).toMatchObject({ url, streamUrl: url });
  });
});

test('a provider says its rules, a model better, an endpoint best', () => {
  const { embedding, capabilities } = endpointOf(
    { embedding: { max_inputs: 7, base64: true, token_ids: 'own' } },
    { embedding: { max_tokens: 9 } },
    { embedding: { max_inputs: 8, dimensions: 3, shorter: [2] } },
  );
  expect(embedding).toEqual({
    shape: 'openai',
    maxInputs: 8,
    maxTokens: 9,
    dimensions: 3,
    shorter: [2],
    tokenIds: 'own',
    base64: true,
    tasks: true,
  });
  expect([...capabilities]).toEqual(['dimensions', 'token_ids']);
});

test('of one that says nothing, nothing but texts is asked', () => {
  const { embedding, capabilities } = endpointOf({});
  expect(embedding).toMatchObject({ maxInputs: 256, maxTokens: null, dimensions: null, shorter: null, tokenIds: null });
  expect([...capabilities]).toEqual([]);
});

test.each(['converse', 'messages'])('with the format %s the shape has to be said', (format) => {
  expect(() => endpointOf({ format })).toThrow(
    expect.objectContaining({ param: 'models["acme/vectors"].endpoints[0].embedding.shape' }),
  );
});

test('lengths of vectors are those of a list, or any from the least on', () => {
  const rules = (dimensions: number | null, shorter: number | readonly number[] | null) => ({
    ...(endpointOf({}).embedding as NonNullable<Endpoint['embedding']>),
    dimensions,
    shorter,
  });
  const taken = (dimensions: number | null, shorter: number | readonly number[] | null) =>
    [null, 1, 2, 3, 4, 5].filter((wanted) => takesDimensions(rules(dimensions, shorter), wanted));
  expect(taken(4, null)).toEqual([null, 4]);
  expect(taken(4, 2)).toEqual([null, 2, 3, 4]);
  expect(taken(4, [1, 3])).toEqual([null, 1, 3, 4]);
  expect(taken(null, 2)).toEqual([null, 2, 3, 4, 5]);
  expect(taken(null, null)).toEqual([null]);
});
