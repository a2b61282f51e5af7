import { describe, expect, test } from '@jest/globals';
import { MeshError } from '../../core/errors.ts';
import { adaptSchema, MAX_SCHEMA_DEPTH, type SchemaDialect } from './json-schema-dialect.ts';

const dialect: SchemaDialect = {
  unsupported: new Set(['minimum', 'oneOf', 'not']),
  values: { minItems: (value) => value === 0 || value === 1 },
  rename: { oneOf: 'anyOf' },
  ignored: new Set(['$schema']),
  closedObjects: true,
};
const lax = { strict: false, param: 'schema' };
const strict = { strict: true, param: 'response_format.json_schema.schema' };

function thrownBy(act: () => unknown): MeshError {
  try {
    act();
  } catch (error) {
    if (error instanceof MeshError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a schema in the dialect of an upstream', () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['keeps what is supported', { type: 'string', enum: ['a'] }, { type: 'string', enum: ['a'] }],
    [
      'moves a keyword behind the description that was there',
      { type: 'integer', minimum: 3, description: 'Age.' },
      { type: 'integer', description: 'Age. (minimum: 3)' },
    ],
    [
      'makes a description where there was none',
      { type: 'integer', minimum: 3, not: { const: 4 } },
      { type: 'integer', description: '(minimum: 3, not: {"const":4})' },
    ],
    [
      'moves only the values that are not supported',
      {
        anyOf: [
          { type: 'array', minItems: 1 },
          { type: 'array', minItems: 2 },
        ],
      },
      {
        anyOf: [
          { type: 'array', minItems: 1 },
          { type: 'array', description: '(minItems: 2)' },
        ],
      },
    ],
    ['takes the other name of a keyword', { oneOf: [{ minimum: 1 }] }, { anyOf: [{ description: '(minimum: 1)' }] }],
    [
      'does not overwrite a keyword by the other name of one',
      { oneOf: [{ type: 'null' }], anyOf: [{ type: 'string' }] },
      { anyOf: [{ type: 'string' }], description: '(oneOf: [{"type":"null"}])' },
    ],
    ['drops what constrains nothing', { $schema: 'https://json-schema.org/x', type: 'null' }, { type: 'null' }],
    [
      'closes objects, however they are declared',
      { type: ['object', 'null'], properties: { a: { properties: {} } } },
      {
        type: ['object', 'null'],
        properties: { a: { properties: {}, additionalProperties: false } },
        additionalProperties: false,
      },
    ],
    [
      'closes an open object and says that it was open',
      { type: 'object', additionalProperties: { type: 'string' } },
      { type: 'object', additionalProperties: false, description: '(additionalProperties: {"type":"string"})' },
    ],
    [
      'takes a property that is named like a keyword for a property',
      { type: 'object', properties: { minimum: { type: 'integer' }, not: { minimum: 1 } } },
      {
        type: 'object',
        properties: { minimum: { type: 'integer' }, not: { description: '(minimum: 1)' } },
        additionalProperties: false,
      },
    ],
    [
      'leaves values alone that only look like schemas',
      { default: { minimum: 1 }, enum: [{ minimum: 1 }], items: true },
      { default: { minimum: 1 }, enum: [{ minimum: 1 }], items: true },
    ],
    [
      'reaches every place where schemas stand',
      { items: { minimum: 1 }, $defs: { age: { minimum: 2 } }, allOf: [{ minimum: 3 }] },
      {
        items: { description: '(minimum: 1)' },
        $defs: { age: { description: '(minimum: 2)' } },
        allOf: [{ description: '(minimum: 3)' }],
      },
    ],
  ])('%s', (_, schema, adapted) => {
    const before = structuredClone(schema);
    expect(adaptSchema(schema, dialect, lax)).toEqual(adapted);
    expect(schema).toEqual(before);
  });

  test('a key __proto__ stays a key', () => {
    const schema = JSON.parse('{"properties":{"__proto__":{"minimum":1}}}') as Record<string, unknown>;
    expect(JSON.stringify(adaptSchema(schema, dialect, lax))).toBe(
      '{"properties":{"__proto__":{"description":"(minimum: 1)"}},"additionalProperties":false}',
    );
  });
});

describe('a strict schema', () => {
  test.each<[Record<string, unknown>, string]>([
    [{ minimum: 1 }, 'minimum'],
    [{ properties: { age: { minimum: 1 } } }, 'properties.age.minimum'],
    [{ anyOf: [{}, { minItems: 2 }] }, 'anyOf.1.minItems'],
    [{ type: 'object', additionalProperties: true }, 'additionalProperties'],
  ])('%j is refused with the path of what is not supported', (schema, path) => {
    const error = thrownBy(() => adaptSchema(schema, dialect, strict));
    expect(error).toMatchObject({ code: 'invalid_request_error', param: `${strict.param}.${path}` });
  });

  test('is taken where everything in it is supported', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false };
    expect(adaptSchema(schema, dialect, strict)).toEqual(schema);
  });
});

describe('depth', () => {
  const nest = (levels: number): Record<string, unknown> => (levels === 0 ? {} : { items: nest(levels - 1) });

  test('the deepest schema allowed is adapted', () => {
    expect(adaptSchema(nest(MAX_SCHEMA_DEPTH), dialect, lax)).toEqual(nest(MAX_SCHEMA_DEPTH));
  });

  test('one level more is refused', () => {
    expect(thrownBy(() => adaptSchema(nest(MAX_SCHEMA_DEPTH + 1), dialect, lax)).code).toBe('invalid_request_error');
  });
});
