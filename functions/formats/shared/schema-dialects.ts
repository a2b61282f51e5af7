import { isRecord } from './is-record.ts';
import type { SchemaDialect } from './json-schema-dialect.ts';

/** All of draft 2020-12. */
export const plainDialect: SchemaDialect = { unsupported: new Set(), ignored: new Set(['$schema']) };

/** OpenAI refuses an array that says nothing of its items, and takes one that says they may be anything. */
export const openaiDialect: SchemaDialect = {
  ...plainDialect,
  rewrite: (node) => {
    const isArray = [node.type].flat().includes('array');
    return isArray && !isRecord(node.items) && typeof node.items !== 'boolean' ? { ...node, items: {} } : { ...node };
  },
};

/** What OpenAI checks answers against. https://platform.openai.com/docs/guides/structured-outputs#supported-schemas */
export const openaiStrictDialect: SchemaDialect = {
  ...openaiDialect,
  unsupported: new Set([
    'allOf',
    'not',
    'if',
    'then',
    'else',
    'dependentRequired',
    'dependentSchemas',
    'minLength',
    'maxLength',
    'uniqueItems',
    'contains',
    'minContains',
    'maxContains',
    'prefixItems',
    'unevaluatedItems',
    'minProperties',
    'maxProperties',
    'patternProperties',
    'propertyNames',
    'unevaluatedProperties',
    'default',
  ]),
  rename: { oneOf: 'anyOf' },
  ignored: new Set(['$schema', '$id', '$comment']),
  closedObjects: true,
};
