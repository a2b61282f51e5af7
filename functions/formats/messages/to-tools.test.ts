import { describe, expect, test } from '@jest/globals';
import { messagesBodyOf as bodyOf, type Setting } from '../../../test/support/messages-body.ts';

const tool = (changes: object = {}) => ({ type: 'function', function: { name: 'look', parameters: {}, ...changes } });

describe('tools', () => {
  const toolOf = (changes: object, setting: Setting = {}) =>
    (bodyOf({ tools: [tool(changes)] }, setting).tools as object[])[0];

  test('without parameters take an empty object', () => {
    expect(toolOf({ parameters: undefined })).toEqual({
      name: 'look',
      input_schema: { type: 'object', properties: {} },
    });
  });

  test('keep description, schema and cache marker', () => {
    const parameters = { type: 'object', properties: { a: { type: 'integer', minimum: 1 } }, required: ['a'] };
    const cache_control = { type: 'ephemeral', ttl: '5m' };
    const tools = [{ ...tool({ description: 'Looks.', parameters }), cache_control }];
    expect(bodyOf({ tools }).tools).toEqual([
      { name: 'look', description: 'Looks.', input_schema: parameters, cache_control },
    ]);
  });

  test('that are strict say so, with a closed schema', () => {
    const parameters = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
    expect(toolOf({ strict: true, parameters })).toEqual({
      name: 'look',
      strict: true,
      input_schema: { ...parameters, additionalProperties: false },
    });
    expect(toolOf({ strict: true, parameters }, { without: ['json_schema'] })).toEqual({
      name: 'look',
      input_schema: parameters,
    });
  });

  test('that are strict about what the API cannot check say it in words, and are refused where all of it is required', () => {
    const parameters = { type: 'object', properties: { a: { type: 'integer', minimum: 1 } } };
    expect(toolOf({ strict: true, parameters })).toMatchObject({
      strict: true,
      input_schema: { properties: { a: { type: 'integer', description: '(minimum: 1)' } } },
    });
    const provider = { require_parameters: true };
    expect(() => bodyOf({ tools: [tool({ strict: true, parameters })], provider })).toThrow(
      expect.objectContaining({
        code: 'invalid_request_error',
        param: 'tools.0.function.parameters.properties.a.minimum',
      }),
    );
  });

  test('with alternatives at the root say them in words, since the API refuses them there', () => {
    const parameters = { anyOf: [{ required: ['a'] }], properties: { a: { anyOf: [{ type: 'null' }] } } };
    expect(toolOf({ parameters })).toEqual({
      name: 'look',
      input_schema: {
        type: 'object',
        description: '(anyOf: [{"required":["a"]}])',
        properties: { a: { anyOf: [{ type: 'null' }] } },
      },
    });
  });

  test.each([
    [{ name: 'look.up' }, 'tools.0.function.name'],
    [{ name: 'x'.repeat(129) }, 'tools.0.function.name'],
    [{ parameters: { type: 'string' } }, 'tools.0.function.parameters.type'],
  ])('with %j are the caller’s mistake', (changes, param) => {
    expect(() => toolOf(changes)).toThrow(expect.objectContaining({ code: 'invalid_request_error', param }));
  });

  test.each([
    [{}, undefined],
    [{ tool_choice: 'auto' }, { type: 'auto' }],
    [{ tool_choice: 'required' }, { type: 'any' }],
    [{ tool_choice: 'none' }, { type: 'none' }],
    [{ tool_choice: 'none', parallel_tool_calls: false }, { type: 'none' }],
    [{ tool_choice: { type: 'function', function: { name: 'look' } } }, { type: 'tool', name: 'look' }],
    [{ parallel_tool_calls: true }, undefined],
    [{ parallel_tool_calls: false }, { type: 'auto', disable_parallel_tool_use: true }],
    [
      { tool_choice: 'required', parallel_tool_calls: false },
      { type: 'any', disable_parallel_tool_use: true },
    ],
  ])('are chosen by %j as %j', (fields, choice) => {
    const body = bodyOf({ tools: [tool()], ...fields });
    expect(body.tool_choice).toEqual(choice);
    expect(body.tools).toHaveLength(1);
  });

  test('that are not there cannot be forced', () => {
    expect(() => bodyOf({ tools: [], tool_choice: 'required' })).toThrow(
      expect.objectContaining({ code: 'invalid_request_error', param: 'tool_choice' }),
    );
    expect(bodyOf({ tools: [], tool_choice: 'auto', parallel_tool_calls: false })).toEqual(bodyOf({}));
  });
});
