import { isExactNumber } from '../shared/exact-json.ts';
import { type AdaptOptions, adaptSchema, type SchemaDialect } from '../shared/json-schema-dialect.ts';

type Schema = Record<string, unknown>;

/**
 * What `parametersJsonSchema` and `responseJsonSchema` understand. Whatever else is sent the API ignores without a word, so
 * every keyword that constrains and is not understood is named here. Annotations (`default`, `examples`) may stay.
 * https://ai.google.dev/api/generate-content#FIELDS.response_json_schema
 */
const dialect = {
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
};

/** Of an answer: its `enum` may hold texts and numbers. */
const answerDialect = dialectOf((value) => isText(value) || typeof value === 'number' || isExactNumber(value));
/** Of a function: with anything but texts the whole request is refused ("only allowed for STRING type"). */
const parametersDialect = dialectOf(isText);

/** The schema that an answer is to match. */
export function toAnswerSchema(schema: Schema, options: AdaptOptions): Schema {
  return adaptSchema(schema, answerDialect, options);
}

/** The parameters of a function. */
export function toParametersSchema(schema: Schema, options: AdaptOptions): Schema {
  return adaptSchema(schema, parametersDialect, options);
}

/** `isListed`: what an `enum` may hold. */
function dialectOf(isListed: (value: unknown) => boolean): SchemaDialect {
  const isKnown = (values: unknown) => Array.isArray(values) && values.length > 0 && values.every(isListed);
  return { ...dialect, values: { enum: isKnown }, rewrite: (node) => toKnownForms(node, isListed) };
}

/** An empty text is refused. */
function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

/** The same meaning in the forms that the API has: `enum` for `const`, `$defs` for the `definitions` of older drafts. */
function toKnownForms(node: Schema, isListed: (value: unknown) => boolean): Schema {
  const { const: only, definitions, ...rest } = node;
  const known: Schema = {
    ...rest,
    ...(only === undefined ? {} : isListed(only) ? { enum: [only] } : { const: only }),
    ...(definitions === undefined ? {} : { $defs: rest.$defs ?? definitions }),
  };
  return typeof known.$ref === 'string' ? toReference(known, known.$ref) : toKnownEnum(known, isListed);
}

/**
 * A list of texts says that it is of texts, and null among its values is a type of its own. A list with what may not be in one
 * is left, and moved to where it can be read.
 */
function toKnownEnum(node: Schema, isListed: (value: unknown) => boolean): Schema {
  const { enum: values, type, ...rest } = node;
  if (!Array.isArray(values)) return node;
  const some = values.filter((value) => value !== null);
  if (some.length === 0 || !some.every(isListed)) return node;
  const types = [type].flat().filter((each) => each !== undefined && each !== 'null');
  const given = types.length === 1 ? types[0] : types;
  const typed = types.length > 0 ? { type: given } : some.every(isText) ? { type: 'string' } : {};
  if (some.length === values.length) return { ...rest, ...(type === undefined ? typed : { type }), enum: some };
  const { description, ...others } = rest;
  return {
    ...(description === undefined ? {} : { description }),
    anyOf: [{ ...others, ...typed, enum: some }, { type: 'null' }],
  };
}

/** Beside `$ref` the API refuses all but keywords with a `$`. */
function toReference(node: Schema, ref: string): Schema {
  const kept = Object.entries(node).filter(([keyword]) => keyword.startsWith('$'));
  return { ...Object.fromEntries(kept), $ref: ref.replace(/^#\/definitions\//, '#/$defs/') };
}
