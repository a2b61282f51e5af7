import { type AdaptOptions, adaptSchema, type SchemaDialect } from '../shared/json-schema-dialect.ts';

type Schema = Record<string, unknown>;

/**
 * What `parametersJsonSchema` and `responseJsonSchema` understand. Whatever else is sent the API ignores without a word, so
 * every keyword that constrains and is not understood is named here. Annotations (`default`, `examples`) may stay.
 * https://ai.google.dev/api/generate-content#FIELDS.response_json_schema
 */
const dialect: SchemaDialect = {
  unsupported: new Set([
    'allOf',
    'not',
    'if',
    'then',
    'else',
    'const',
    'pattern',
    'minLength',
    'maxLength',
    'exclusiveMinimum',
    'exclusiveMaximum',
    'multipleOf',
    'uniqueItems',
    'contains',
    'minContains',
    'maxContains',
    'additionalItems',
    'unevaluatedItems',
    'minProperties',
    'maxProperties',
    'patternProperties',
    'propertyNames',
    'unevaluatedProperties',
    'dependentSchemas',
    'dependentRequired',
    'dependencies',
  ]),
  ignored: new Set(['$schema', '$comment']),
  rewrite: toKnownForms,
};

export function toSchema(schema: Schema, options: AdaptOptions): Schema {
  return adaptSchema(schema, dialect, options);
}

/** The same meaning in the forms that the API has: `enum` for `const`, `$defs` for the `definitions` of older drafts. */
function toKnownForms(node: Schema): Schema {
  const { const: only, definitions, ...rest } = node;
  const known: Schema = {
    ...rest,
    ...(only === undefined ? {} : isEnumerable(only) ? { enum: [only] } : { const: only }),
    ...(definitions === undefined ? {} : { $defs: rest.$defs ?? definitions }),
  };
  return typeof known.$ref === 'string' ? toReference(known, known.$ref) : known;
}

/** `enum` may hold strings and numbers. */
function isEnumerable(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number';
}

/** Beside `$ref` the API refuses all but keywords with a `$`. */
function toReference(node: Schema, ref: string): Schema {
  const kept = Object.entries(node).filter(([keyword]) => keyword.startsWith('$'));
  return { ...Object.fromEntries(kept), $ref: ref.replace(/^#\/definitions\//, '#/$defs/') };
}
