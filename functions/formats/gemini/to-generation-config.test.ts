import { describe, expect, test } from '@jest/globals';
import { geminiBodyOf, type Setting } from '../../../test/support/gemini-body.ts';

const configOf = (fields: object, setting?: Setting) => {
  const { maxOutputTokens, ...config } = geminiBodyOf(fields, setting).generationConfig;
  expect(maxOutputTokens).toBe(10_000);
  return config;
};

describe('the parameters of an answer', () => {
  test('have Gemini’s names', () => {
    const fields = {
      temperature: 0,
      top_p: 0.9,
      top_k: 40,
      frequency_penalty: 0.5,
      presence_penalty: -0.5,
      seed: 7,
      stop: ['END', ''],
      n: 2,
      logprobs: true,
      top_logprobs: 3,
    };
    expect(configOf(fields)).toEqual({
      temperature: 0,
      topP: 0.9,
      topK: 40,
      frequencyPenalty: 0.5,
      presencePenalty: -0.5,
      seed: 7,
      stopSequences: ['END'],
      candidateCount: 2,
      responseLogprobs: true,
      logprobs: 3,
    });
  });

  test('are dropped where the endpoint does not take them', () => {
    const fields = {
      temperature: 1,
      top_p: 1,
      top_k: 1,
      frequency_penalty: 1,
      presence_penalty: 1,
      seed: 1,
      stop: 'x',
    };
    expect(configOf(fields, { without: ['sampling', 'penalties', 'seed', 'stop'] })).toEqual({});
  });

  test('say nothing of a limit that is none', () => expect(configOf({ top_k: 0, n: 1, stop: '' })).toEqual({}));

  test('fold a seed that is too long for an int32, always in the same way', () => {
    expect(configOf({ seed: 2 ** 40 + 5 })).toEqual({ seed: 5 });
  });

  test('have at most five stop sequences', () => {
    const stop = ['a', 'b', 'c', 'd', 'e'];
    expect(configOf({ stop })).toEqual({ stopSequences: stop });
    expect(() => configOf({ stop: [...stop, 'f'] })).toThrow(
      expect.objectContaining({ code: 'model_capability_not_supported', param: 'stop' }),
    );
  });

  const schema = { type: 'object', properties: { a: { type: 'string' } } };
  test.each([
    ['text', { type: 'text' }, {}],
    ['any JSON', { type: 'json_object' }, { responseMimeType: 'application/json' }],
    [
      'JSON of a schema',
      { type: 'json_schema', json_schema: { name: 's', description: 'An a.', strict: true, schema } },
      { responseMimeType: 'application/json', responseJsonSchema: { ...schema, description: 'An a.' } },
    ],
  ])('ask for %s', (_, response_format, config) => expect(configOf({ response_format })).toEqual(config));

  test('need the schema that they name', () => {
    expect(() => configOf({ response_format: { type: 'json_schema', json_schema: { name: 's' } } })).toThrow(
      expect.objectContaining({ code: 'invalid_request_error', param: 'response_format.json_schema.schema' }),
    );
  });
});
