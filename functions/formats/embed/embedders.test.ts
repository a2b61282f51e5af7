import { describe, expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { type EmbeddingRules, embeddingShapes } from '../../core/endpoints/embedding-rules.ts';
import { MeshError } from '../../core/errors.ts';
import type { EmbedRequest } from './embed-request.ts';
import { embedders } from './embedders.ts';

const rules: EmbeddingRules = {
  shape: 'openai',
  maxInputs: 100,
  maxTokens: null,
  dimensions: 2,
  shorter: null,
  tokenIds: 'cl100k_base',
  base64: false,
  tasks: true,
};
const endpoint = (changes: Partial<EmbeddingRules> = {}) =>
  makeEndpoint({ upstreamModel: 'm', embedding: { ...rules, ...changes } });
const request: EmbedRequest = {
  inputs: [
    { text: 'one', ids: [606], mostTokens: 1 },
    { text: 'two', ids: null, mostTokens: 1 },
  ],
  measure: { textBytes: 6, estimatedTokens: 2, pieces: 2, images: 0, opaque: false },
  dimensions: 2,
  task: 'query',
  user: 'ann',
};
const read = (shape: keyof typeof embedders, body: unknown, headers: Record<string, string> = {}) =>
  embedders[shape].read({ headers, text: typeof body === 'string' ? body : JSON.stringify(body) });

describe('OpenAI’s shape', () => {
  test('sends ids as they are only to those that take them', () => {
    const sent = (changes: Partial<EmbeddingRules>) => embedders.openai.request(request, endpoint(changes)).body;
    expect(sent({ tokenIds: 'own' }).input).toEqual([[606], 'two']);
    expect(sent({}).input).toEqual(['one', 'two']);
  });

  test('asks for base64 where it is taken, and names the user where there is a place for one', () => {
    expect(embedders.openai.request(request, endpoint({ base64: true })).body).toMatchObject({
      encoding_format: 'base64',
      dimensions: 2,
      user: 'ann',
    });
    const nobody = makeEndpoint({ embedding: rules, request: { fields: [] } });
    expect(embedders.openai.request({ ...request, dimensions: null }, nobody).body).toEqual({
      model: 'acme-large',
      input: ['one', 'two'],
      encoding_format: 'float',
    });
  });

  test('puts vectors where their index says, whatever order they came in', () => {
    const data = [
      { index: 1, embedding: [3, 4] },
      { index: 0, embedding: Buffer.from(Float32Array.of(1, 2).buffer).toString('base64') },
    ];
    const { vectors, tokens } = read('openai', { data, usage: { prompt_tokens: 5 } });
    expect(vectors.map((each) => [...each])).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(tokens).toBe(5);
  });

  test.each([
    [
      'two of one index',
      [
        { index: 0, embedding: [1] },
        { index: 0, embedding: [2] },
      ],
    ],
    ['an index of none', [{ index: 5, embedding: [1] }]],
    ['one that is no object', [7]],
    ['no numbers', [{ index: 0, embedding: ['1'] }]],
    ['half a number in base64', [{ index: 0, embedding: 'AAA=' }]],
    [
      'what is not finite',
      [{ index: 0, embedding: Buffer.from(Float32Array.of(Number.NaN).buffer).toString('base64') }],
    ],
    ['an empty one', [{ index: 0, embedding: [] }]],
  ])('takes no vectors with %s', (_, data) => {
    expect(() => read('openai', { data })).toThrow('no embeddings that can be read');
  });

  test('finds an error in a reply of a good status', () => {
    expect(() => read('openai', { error: { message: 'busy', code: 503 } })).toThrow(
      expect.objectContaining({ code: 'upstream_error', providerCode: '503' }),
    );
  });
});

describe('Google’s shapes', () => {
  test('name the task and the dimensions in each request', () => {
    expect(embedders.gemini.request(request, endpoint()).body).toEqual({
      requests: ['one', 'two'].map((text) => ({
        model: 'models/m',
        content: { parts: [{ text }] },
        taskType: 'RETRIEVAL_QUERY',
        outputDimensionality: 2,
      })),
    });
    expect(embedders.predict.request(request, endpoint()).body).toEqual({
      instances: ['one', 'two'].map((content) => ({ content, task_type: 'RETRIEVAL_QUERY' })),
      parameters: { autoTruncate: false, outputDimensionality: 2 },
    });
  });

  test('name no task to a model that is told it in words', () => {
    expect(embedders.gemini.request(request, endpoint({ tasks: false })).body).not.toHaveProperty(
      'requests.0.taskType',
    );
    expect(embedders.embed_content.request(request, endpoint({ tasks: false })).body).toEqual({
      content: { parts: [{ text: 'one' }] },
      embedContentConfig: { outputDimensionality: 2, autoTruncate: false },
    });
  });

  test('add up what was counted, where all was', () => {
    const prediction = (token_count: unknown) => ({ embeddings: { values: [1, 2], statistics: { token_count } } });
    expect(read('predict', { predictions: [prediction(3), prediction(4)] }).tokens).toBe(7);
    expect(read('predict', { predictions: [prediction(3), prediction(undefined)] }).tokens).toBeNull();
    expect(read('gemini', { embeddings: [{ values: [1] }], usageMetadata: { promptTokenCount: 9 } }).tokens).toBe(9);
    expect(read('gemini', { embeddings: [{ values: [1] }] }).tokens).toBeNull();
  });

  test('find an error in a reply of a good status', () => {
    const error = { error: { code: 429, message: 'later', status: 'RESOURCE_EXHAUSTED' } };
    for (const shape of ['gemini', 'predict', 'embed_content'] as const) {
      expect(() => read(shape, error)).toThrow(expect.objectContaining({ providerCode: '429' }));
    }
  });
});

describe('Bedrock’s shapes', () => {
  test('are asked as their models want it', () => {
    expect(embedders.titan.request(request, endpoint()).body).toEqual({ inputText: 'one', dimensions: 2 });
    expect(embedders.cohere.request({ ...request, dimensions: null, task: null }, endpoint()).body).toEqual({
      texts: ['one', 'two'],
      input_type: 'search_document',
      embedding_types: ['float'],
      truncate: 'NONE',
    });
    expect(embedders.cohere.request(request, endpoint()).body).toMatchObject({
      input_type: 'search_query',
      output_dimension: 2,
    });
  });

  test('are counted by the header where the body says nothing', () => {
    const headers = { 'x-amzn-bedrock-input-token-count': '12' };
    expect(read('cohere', { embeddings: { float: [[1, 2]] } }, headers)).toEqual({ vectors: [[1, 2]], tokens: 12 });
    expect(read('cohere', { embeddings: [[1, 2]] }).tokens).toBeNull();
    expect(read('titan', { embedding: [1, 2], inputTextTokenCount: 3 }, headers).tokens).toBe(3);
    expect(read('titan', { embedding: [1, 2] }, headers).tokens).toBe(12);
  });
});

test.each(embeddingShapes)(
  'of whatever comes back in the shape %s nothing is thrown but an error of the provider’s',
  (shape) => {
    const names = [
      'data',
      'embedding',
      'embeddings',
      'predictions',
      'values',
      'float',
      'index',
      'usage',
      'error',
      'code',
    ];
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom(null, 0, 1, -1, 1.5, 'text', true, '', 'AAAAAA=='),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(
        fc.oneof(
          value.map((each) => JSON.stringify(each)),
          fc.string(),
        ),
        (text) => {
          try {
            const { vectors, tokens } = read(shape, text);
            for (const vector of vectors) for (const each of vector) expect(Number.isFinite(each)).toBe(true);
            expect(tokens === null || Number.isSafeInteger(tokens)).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(MeshError);
            expect((error as MeshError).code).not.toBe('internal_error');
          }
        },
      ),
      { numRuns: 500 },
    );
  },
);
