import { describe, expect, test } from '@jest/globals';
import { openaiDialect, openaiStrictDialect } from './schema-dialects.ts';
import { describeTool, toToolSchema } from './tool-schema.ts';

const lax = { strict: false, param: 'p' };
const strict = { strict: true, param: 'p' };

describe('parameters of a function for Nova', () => {
  const of = (parameters: Record<string, unknown>) => toToolSchema(parameters, 'nova', lax);

  test('have three keywords at their root; what constrains is said in words, and the rest not at all', () =>
    expect(
      of({
        $schema: 'http://json-schema.org/draft-07/schema#',
        title: 'A',
        description: 'Where it is.',
        type: 'object',
        properties: { city: { type: 'string', title: 'City', minLength: 1 } },
        required: ['city'],
        additionalProperties: false,
      }),
    ).toEqual({
      schema: {
        type: 'object',
        properties: { city: { type: 'string', title: 'City', minLength: 1 } },
        required: ['city'],
      },
      notes: ['Where it is.', '(additionalProperties: false)'],
    }));

  test('have definitions where they are used', () =>
    expect(
      of({
        properties: { a: { $ref: '#/$defs/a~1b' }, c: { $ref: '#/definitions/c', description: 'Mine.' } },
        $defs: { 'a/b': { type: 'array', items: { $ref: '#/definitions/c' } } },
        definitions: { c: { type: 'number', description: 'Its own.' } },
      }).schema,
    ).toEqual({
      type: 'object',
      properties: {
        a: { type: 'array', items: { type: 'number', description: 'Its own.' } },
        c: { type: 'number', description: 'Mine.' },
      },
    }));

  test('end where a definition is within itself', () =>
    expect(
      of({
        $ref: '#/$defs/Node',
        $defs: { Node: { type: 'object', properties: { next: { $ref: '#/$defs/Node' } } } },
      }).schema,
    ).toEqual({ type: 'object', properties: { next: {} } }));

  test('that refer to each other without measure are refused', () => {
    const $defs = Object.fromEntries(
      [...'abcdefghijklmnop'].map((name, at, all) => [
        name,
        { anyOf: all.slice(at + 1).map((to) => ({ $ref: `#/$defs/${to}` })) },
      ]),
    );
    expect(() => of({ properties: { a: { $ref: '#/$defs/a' } }, $defs })).toThrow(
      expect.objectContaining({ code: 'model_capability_not_supported' }),
    );
  });

  test('are refused with what has no place, where all of it is required', () => {
    expect(() => toToolSchema({ type: 'object', additionalProperties: false }, 'nova', strict)).toThrow(
      expect.objectContaining({ code: 'invalid_request_error', param: 'p.additionalProperties' }),
    );
    expect(toToolSchema({ type: 'object', title: 'T' }, 'nova', strict).schema).toEqual({
      type: 'object',
      properties: {},
    });
  });
});

describe('parameters of a function for OpenAI', () => {
  test('have no alternatives at their root', () =>
    expect(toToolSchema({ anyOf: [{ required: ['a'] }], not: {} }, 'openai', lax, openaiDialect).schema).toEqual({
      type: 'object',
      properties: {},
      description: '(anyOf: [{"required":["a"]}], not: {})',
    }));

  test('are the object that their root refers to', () =>
    expect(
      toToolSchema({ $ref: '#/$defs/A', $defs: { A: { type: 'object', properties: { b: {} } } } }, 'openai', lax)
        .schema,
    ).toEqual({ type: 'object', properties: { b: {} }, $defs: { A: { type: 'object', properties: { b: {} } } } }));

  test('say of every array what it has', () =>
    expect(
      toToolSchema(
        {
          properties: {
            a: { type: 'array' },
            b: { type: ['array', 'null'], items: [{ type: 'number' }] },
            c: { items: {} },
          },
        },
        'openai',
        lax,
        openaiDialect,
      ).schema.properties,
    ).toEqual({
      a: { type: 'array', items: {} },
      b: { type: ['array', 'null'], prefixItems: [{ type: 'number' }], items: {} },
      c: { items: {} },
    }));

  test('that are strict have in words what OpenAI does not check', () =>
    expect(
      toToolSchema(
        { properties: { a: { type: 'string', minLength: 2, pattern: '^a' } } },
        'openai',
        lax,
        openaiStrictDialect,
      ).schema,
    ).toEqual({
      type: 'object',
      properties: { a: { type: 'string', pattern: '^a', description: '(minLength: 2)' } },
      additionalProperties: false,
    }));
});

test.each([
  [
    { type: 'object', anyOf: [{ items: [{}] }] },
    { type: 'object', anyOf: [{ prefixItems: [{}] }] },
  ],
  [
    { $ref: '#/$defs/A', $defs: { A: {} } },
    { $ref: '#/$defs/A', $defs: { A: {} } },
  ],
  [{}, { type: 'object', properties: {} }],
  [{ properties: { a: {} } }, { type: 'object', properties: { a: {} } }],
])('of any other provider stay as they are, but for their draft and their type: %j', (schema, sent) =>
  expect(toToolSchema(schema, 'json_schema', lax)).toEqual({ schema: sent, notes: [] }),
);

test('a description has its notes below it', () => {
  expect(describeTool('Looks.', ['More.'])).toBe('Looks.\nMore.');
  expect(describeTool(null, [])).toBe('');
});
