import { describe, expect, test } from '@jest/globals';
import { atOnce } from '../../../test/support/at-once.ts';
import fc from '../../../test/support/fast-check.ts';
import { MeshError } from '../../core/errors.ts';
import { type EmbeddingsBody, parseEmbeddingsBody } from './parse-request.ts';
import { MAX_INPUTS } from './request-body.ts';

const parse = (body: unknown, defaults?: Record<string, unknown>): EmbeddingsBody =>
  atOnce(parseEmbeddingsBody(body, defaults));
const model = 'acme/vectors';

/** The error that a body is refused with. */
function refusal(body: unknown): MeshError {
  try {
    parse(body);
  } catch (error) {
    if (error instanceof MeshError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

describe('inputs', () => {
  test.each<[string, unknown, unknown]>([
    ['a text', 'Hello', ['Hello']],
    ['texts', ['a', 'b'], ['a', 'b']],
    ['ids of one text', [1, 2], [[1, 2]]],
    ['ids of several', [[1], [2, 3]], [[1], [2, 3]]],
    ['texts and ids', ['a', [1]], ['a', [1]]],
  ])('may be %s', (_, input, given) => expect(parse({ model, input }).given).toEqual(given));

  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'input'],
    ['null', null, 'input'],
    ['an empty list', [], 'input'],
    ['an empty text', '', 'input'],
    ['an empty text among others', ['a', ''], 'input.1'],
    ['no ids', [[1], []], 'input.1'],
    ['an object', { text: 'a' }, 'input'],
    ['a negative id', [1, -1], 'input.1'],
    ['a fraction', [[1], [0.5]], 'input.1.0'],
    ['a text among ids', [1, 'a'], 'input.1'],
    ['numbers beside texts', ['a', 1], 'input.1'],
    ['lists of texts', [['a']], 'input.0.0'],
    ['too many', Array(MAX_INPUTS + 1).fill('a'), 'input'],
  ])('may not be %s', (_, input, param) => {
    expect(refusal({ model, input })).toMatchObject({ code: 'invalid_request_error', param });
  });
});

test('what is said beside them is read', () => {
  const body = {
    model,
    input: 'a',
    dimensions: 256,
    encoding_format: 'base64',
    input_type: 'SEARCH_QUERY',
    user: 'ann',
    timeout: 5,
    stream: true,
  };
  expect(parse(body)).toEqual({
    model,
    given: ['a'],
    dimensions: 256,
    encoding: 'base64',
    task: 'query',
    user: 'ann',
    timeout: 5,
  });
  expect(
    parse({ model, input: 'a', dimensions: null, encoding_format: null, user: null, input_type: null }),
  ).toMatchObject({
    encoding: 'float',
    task: null,
  });
});

test('defaults stand where it says nothing', () => {
  expect(parse({ model, input: 'a' }, { weight_profile: 'cost_first' }).weight_profile).toBe('cost_first');
  expect(
    parse({ model, input: 'a', weight_profile: 'balanced' }, { weight_profile: 'cost_first' }).weight_profile,
  ).toBe('balanced');
});

test.each<[string, unknown]>([
  ['model', ''],
  ['model', undefined],
  ['dimensions', 0],
  ['dimensions', '256'],
  ['encoding_format', 'ubinary'],
  ['input_type', 'poem'],
  ['models', ['acme/other']],
  ['output_dimension', 256],
  ['output_dimensionality', 256],
  ['output_dtype', 'int8'],
  ['embedding_types', ['int8']],
  ['task_type', 'RETRIEVAL_QUERY'],
  ['dimension', 256],
  ['encoding_formats', 'float'],
  ['timeout', -1],
])('%s that cannot be heeded is refused by its name: %j', (param, value) => {
  expect(refusal({ model, input: 'a', [param]: value })).toMatchObject({ code: 'invalid_request_error', param });
});

test('no refusal quotes what was sent', () => {
  const word = 'canary-7f3a';
  for (const body of [
    { model, input: { word } },
    { model, input: 'a', input_type: word },
    { model, input: 'a', dimensions: word },
  ]) {
    expect(JSON.stringify(refusal(body))).not.toContain(word);
    expect(refusal(body).message).not.toContain(word);
  }
});

test('whatever comes, it is understood or refused as the caller’s mistake', () => {
  const inputs = fc.oneof(
    fc.string(),
    fc.array(fc.oneof(fc.string(), fc.integer(), fc.array(fc.oneof(fc.integer(), fc.string())), fc.constant(null))),
    fc.anything(),
  );
  const bodies = fc.oneof(
    fc.record(
      {
        model: fc.oneof(fc.string(), fc.anything()),
        input: inputs,
        dimensions: fc.oneof(fc.integer(), fc.anything()),
        encoding_format: fc.oneof(fc.constantFrom('float', 'base64'), fc.anything()),
        input_type: fc.anything(),
        user: fc.anything(),
        provider: fc.anything(),
      },
      { requiredKeys: [] },
    ),
    fc.anything(),
  );
  fc.assert(
    fc.property(bodies, (body) => {
      try {
        const { given } = parse(body);
        for (const each of given) {
          expect(each.length).toBeGreaterThan(0);
          if (typeof each !== 'string') for (const id of each) expect(Number.isSafeInteger(id) && id >= 0).toBe(true);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(MeshError);
        expect((error as MeshError).code).toBe('invalid_request_error');
      }
    }),
    { numRuns: 1_000 },
  );
});
