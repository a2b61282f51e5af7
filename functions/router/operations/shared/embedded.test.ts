import { describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../../test/support/make-endpoint.ts';
import type { EmbeddingRules } from '../../../core/endpoints/embedding-rules.ts';
import type { EmbedRequest } from '../../../formats/embed/embed-request.ts';
import { embedded, MAX_ANSWER_NUMBERS } from './embedded.ts';

const rules: EmbeddingRules = {
  shape: 'openai',
  maxInputs: 2,
  maxTokens: null,
  dimensions: 4,
  shorter: 2,
  tokenIds: null,
  base64: false,
  tasks: true,
};
const at = (changes: Partial<EmbeddingRules> = {}) => makeEndpoint({ embedding: { ...rules, ...changes } });
const textOf = (place: number) => ({ text: `text ${place}`, ids: null, mostTokens: 2 });
const request: EmbedRequest = {
  inputs: [0, 1, 2].map(textOf),
  measure: { textBytes: 18, estimatedTokens: 6, pieces: 3, images: 0, opaque: false },
  dimensions: null,
  task: null,
  user: null,
};
const write = (vector: ArrayLike<number>) => `[${Array.from(vector)}]`;
const candidate = { endpoint: at(), inputTokens: 10, outputTokens: 0, choices: 1 };
const exchangeOf = (changes: Partial<EmbedRequest> = {}, endpoint = at()) =>
  embedded({ ...request, ...changes }, endpoint, write);
const replyOf = (vectors: number[][], tokens?: number) => ({
  headers: {},
  text: JSON.stringify({
    data: vectors.map((embedding, index) => ({ index, embedding })),
    ...(tokens === undefined ? {} : { usage: { prompt_tokens: tokens } }),
  }),
});

describe('an endpoint is no candidate', () => {
  test.each<[string, Partial<EmbedRequest>, Partial<EmbeddingRules>]>([
    ['where it does not make so many dimensions', { dimensions: 3 }, { shorter: [2] }],
    ['where it makes no fewer at all', { dimensions: 2 }, { shorter: null }],
    ['where more are wanted than it makes', { dimensions: 5 }, {}],
    ['where fewer are wanted than it can make', { dimensions: 1 }, {}],
    [
      'where ids have no text, and it takes texts alone',
      { inputs: [{ text: null, ids: [1], mostTokens: 1 }] },
      { tokenIds: 'cl100k_base' },
    ],
  ])('%s', (_, changes, own) => expect(exchangeOf(changes, at(own))).toBeNull());

  test('where it makes no vectors', () => expect(exchangeOf({}, makeEndpoint())).toBeNull());
});

test('what it makes anyway is not asked for, which some refuse', () => {
  const bodiesFor = (dimensions: number) =>
    exchangeOf({ dimensions }, at({ shorter: [2] }))?.requests(candidate)[0].body.dimensions;
  expect(bodiesFor(4)).toBeUndefined();
  expect(bodiesFor(2)).toBe(2);
});

test('ids go to an endpoint that takes them as they are, whether they have a text or not', () => {
  const inputs = [{ text: null, ids: [900_000], mostTokens: 1 }];
  expect(exchangeOf({ inputs }, at({ tokenIds: 'own' }))?.requests(candidate)[0].body.input).toEqual([[900_000]]);
});

test('replies are joined by the place of their request, whatever order they come in, and counted together', async () => {
  const exchange = exchangeOf();
  expect(exchange?.requests(candidate).map(({ body }) => body.input)).toEqual([['text 0', 'text 1'], ['text 2']]);
  const reader = exchange?.reader();
  await reader?.read(replyOf([[3, 3, 3, 3]], 5), 1);
  await reader?.read(
    replyOf(
      [
        [1, 1, 1, 1],
        [2, 2, 2, 2],
      ],
      6,
    ),
    0,
  );
  expect(reader?.whole()).toEqual({
    whole: ['[1,1,1,1]', '[2,2,2,2]', '[3,3,3,3]'],
    facts: { texts: [], marks: 0, usage: expect.objectContaining({ input: 11, output: 0 }) },
  });
});

test('nothing is reported where one of the replies was not counted', async () => {
  const reader = exchangeOf()?.reader();
  await reader?.read(
    replyOf([
      [1, 1, 1, 1],
      [2, 2, 2, 2],
    ]),
    0,
  );
  await reader?.read(replyOf([[3, 3, 3, 3]], 5), 1);
  expect(reader?.whole().facts.usage).toBeNull();
});

describe('an answer that failed', () => {
  test.each<[string, number[][]]>([
    ['has fewer vectors than inputs', [[1, 1, 1, 1]]],
    [
      'has more',
      [
        [1, 1, 1, 1],
        [1, 1, 1, 1],
        [1, 1, 1, 1],
      ],
    ],
    [
      'has vectors of another length',
      [
        [1, 1, 1],
        [1, 1, 1],
      ],
    ],
    [
      'has vectors of two lengths',
      [
        [1, 1, 1, 1],
        [1, 1, 1],
      ],
    ],
  ])('%s', async (_, vectors) => {
    const reader = exchangeOf()?.reader();
    await expect(reader?.read(replyOf(vectors), 0)).rejects.toEqual(
      expect.objectContaining({ code: 'upstream_error' }),
    );
  });

  test('has a reply whose vectors are of another length than the one before, where nobody knows how long they are', async () => {
    const reader = exchangeOf({}, at({ dimensions: null }))?.reader();
    await reader?.read(
      replyOf([
        [1, 1],
        [1, 1],
      ]),
      0,
    );
    await expect(reader?.read(replyOf([[1, 1, 1]]), 1)).rejects.toThrow('vectors of the length asked for');
  });
});

test('more numbers than an answer may have are refused before anything is bought', () => {
  const inputs = Array.from({ length: 2_100 }, (_, place) => textOf(place));
  const endpoint = at({ dimensions: 4_000 });
  expect(MAX_ANSWER_NUMBERS).toBeLessThan(2_100 * 4_000);
  expect(() => exchangeOf({ inputs }, endpoint)).toThrow(
    expect.objectContaining({ code: 'invalid_request_error', param: 'input' }),
  );
  expect(exchangeOf({ inputs, dimensions: 1_000 }, endpoint)).not.toBeNull();
});
