import { describe, expect, test } from '@jest/globals';
import { geminiBodyOf, type Setting } from '../../../test/support/gemini-body.ts';

const tool = (fields: object) => ({ type: 'function', function: { name: 'f', ...fields } });
const declarationOf = (fields: object, setting?: Setting) =>
  geminiBodyOf({ tools: [tool(fields)] }, setting).tools?.[0]?.functionDeclarations?.[0];
const configOf = (fields: object) => geminiBodyOf(fields).toolConfig?.functionCallingConfig;

describe('a function', () => {
  test('is declared with plain JSON Schema', () => {
    const parameters = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { city: { type: ['string', 'null'], default: 'Agra' } },
      required: ['city'],
      additionalProperties: false,
    };
    const { $schema: _, ...schema } = parameters;
    expect(declarationOf({ description: 'Looks up.', parameters, strict: true })).toEqual({
      name: 'f',
      description: 'Looks up.',
      parametersJsonSchema: schema,
    });
  });

  test.each([{}, { parameters: null }, { parameters: {} }])('without parameters has no schema: %j', (fields) => {
    expect(declarationOf(fields)).toEqual({ name: 'f' });
  });

  test('whose schema has no type has one of an object', () => {
    const properties = { a: { type: 'string' } };
    expect(declarationOf({ parameters: { properties } })).toEqual({
      name: 'f',
      parametersJsonSchema: { properties, type: 'object' },
    });
  });

  test.each(['a', '_a', 'a.b:c-d_9', 'x'.repeat(128)])('may be named %s', (name) => {
    expect(declarationOf({ name })).toEqual({ name });
  });

  test.each(['9lives', '-a', 'a b', 'é', 'x'.repeat(129)])('may not be named %s', (name) => {
    expect(() => declarationOf({ name })).toThrow(
      expect.objectContaining({ code: 'invalid_request_error', param: 'tools.0.function.name' }),
    );
  });

  test('takes an object and nothing else', () => {
    expect(() => declarationOf({ parameters: { type: 'array' } })).toThrow(
      expect.objectContaining({ code: 'invalid_request_error', param: 'tools.0.function.parameters.type' }),
    );
  });
});

describe('the choice of a function', () => {
  const tools = [tool({})];
  test.each([
    ['is left out where the caller leaves it out', { tools }, undefined],
    ['auto', { tools, tool_choice: 'auto' }, { mode: 'AUTO' }],
    ['none', { tools, tool_choice: 'none' }, { mode: 'NONE' }],
    ['required', { tools, tool_choice: 'required' }, { mode: 'ANY' }],
    [
      'one function',
      { tools, tool_choice: { type: 'function', function: { name: 'f' } } },
      { mode: 'ANY', allowedFunctionNames: ['f'] },
    ],
    ['keeps a strict function to its schema', { tools: [tool({ strict: true })] }, { mode: 'VALIDATED' }],
    ['means nothing without tools', { tool_choice: 'auto' }, undefined],
  ])('%s', (_, fields, config) => expect(configOf(fields)).toEqual(config));

  test('cannot force a call without tools', () => {
    expect(() => configOf({ tool_choice: 'required' })).toThrow(
      expect.objectContaining({ code: 'invalid_request_error', param: 'tool_choice' }),
    );
  });
});
