import { describe, expect, test } from '@jest/globals';
import { toAnswerSchema, toParametersSchema } from './to-schema.ts';

const loose = (schema: Record<string, unknown>) => toAnswerSchema(schema, { strict: false, param: 'schema' });
const strict = (schema: Record<string, unknown>) => toAnswerSchema(schema, { strict: true, param: 'schema' });

describe('a JSON schema for Gemini', () => {
  test.each([
    ['keeps what Gemini documents', { type: 'array', prefixItems: [{ type: 'number', minimum: 1 }], minItems: 1 }],
    ['keeps annotations', { type: 'string', title: 'City', default: 'Agra', examples: ['Pune'] }],
    ['keeps a property that is named like a keyword', { type: 'object', properties: { const: { type: 'string' } } }],
  ])('%s', (_, schema) => expect(strict(schema)).toEqual(schema));

  test('says a constant as the one value of an enum, also in strict schemas, where unions of literals are common', () => {
    expect(strict({ anyOf: [{ const: 'a' }, { const: 2 }] })).toEqual({
      anyOf: [{ type: 'string', enum: ['a'] }, { enum: [2] }],
    });
  });

  test('moves the definitions of older drafts, and leaves nothing beside a reference', () => {
    const schema = {
      $ref: '#/definitions/Node',
      definitions: {
        Node: {
          type: 'object',
          properties: { next: { $ref: '#/definitions/Node', description: 'The next.' } },
        },
      },
    };
    expect(strict(schema)).toEqual({
      $ref: '#/$defs/Node',
      $defs: { Node: { type: 'object', properties: { next: { $ref: '#/$defs/Node' } } } },
    });
  });

  test.each([
    ['keeps texts and numbers', { type: 'integer', enum: [1, 2] }, { type: 'integer', enum: [1, 2] }],
    [
      'says null as a type of its own',
      { type: ['string', 'null'], enum: ['a', null], description: 'D' },
      { anyOf: [{ type: 'string', enum: ['a'] }, { type: 'null' }], description: 'D' },
    ],
    [
      'says other values in words',
      { type: 'boolean', enum: [true] },
      { type: 'boolean', description: '(enum: [true])' },
    ],
    [
      'says a list with an empty text in words, which Gemini refuses',
      { type: 'string', enum: ['', 'a'] },
      { type: 'string', description: '(enum: ["","a"])' },
    ],
    ['says an empty list in words', { type: 'string', enum: [] }, { type: 'string', description: '(enum: [])' }],
  ])('of an enum %s', (_, schema, adapted) => expect(loose(schema)).toEqual(adapted));

  test.each([
    [
      { type: 'string', enum: ['a'] },
      { type: 'string', enum: ['a'] },
    ],
    [{ enum: ['a'] }, { type: 'string', enum: ['a'] }],
    [{ const: 'a' }, { type: 'string', enum: ['a'] }],
    [
      { type: 'integer', enum: [0, 2] },
      { type: 'integer', description: '(enum: [0,2])' },
    ],
    [
      { type: 'integer', const: 2 },
      { type: 'integer', description: '(const: 2)' },
    ],
  ])('of a function lists texts alone: %j', (schema, adapted) =>
    expect(toParametersSchema(schema, { strict: false, param: 'schema' })).toEqual(adapted),
  );

  test('tells the model in words what Gemini would ignore', () => {
    expect(loose({ type: 'string', pattern: '^a', const: null, description: 'A word.' })).toEqual({
      type: 'string',
      description: 'A word. (pattern: "^a", const: null)',
    });
  });

  test('is refused where the caller relies on what Gemini would ignore', () => {
    expect(() => strict({ type: 'object', properties: { a: { type: 'string', pattern: '^a' } } })).toThrow(
      expect.objectContaining({ code: 'invalid_request_error', param: 'schema.properties.a.pattern' }),
    );
  });
});
