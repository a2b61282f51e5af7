import { invalid } from './refusals.ts';
import { toCurrentDraft } from './schema-draft.ts';

/** How deep a schema may nest; a node inside `properties` or `items` is one deeper. */
export const MAX_SCHEMA_DEPTH = 64;

/** What one upstream understands of JSON Schema. */
export interface SchemaDialect {
  /** Keywords that it refuses or ignores, whatever their value. */
  unsupported: ReadonlySet<string>;
  /** Keywords of which it takes only some values: true for those that it takes. */
  values?: Readonly<Record<string, (value: unknown) => boolean>>;
  /** Keywords that it knows by another name with nearly the same meaning, `{ oneOf: 'anyOf' }`. */
  rename?: Readonly<Record<string, string>>;
  /** Keywords that constrain nothing and that it refuses, dropped without a word: `$schema`. */
  ignored?: ReadonlySet<string>;
  /** Whether every object has to say `additionalProperties: false`. */
  closedObjects?: boolean;
  /** A node in the dialect's own forms, where they are more than another name; it comes before all other rules. */
  rewrite?: (node: Readonly<Schema>) => Schema;
}

export interface AdaptOptions {
  /** Whether the caller relies on every keyword being kept: `provider.require_parameters`. */
  strict: boolean;
  /** Dotted path of the schema in the caller's request. */
  param: string;
}

type Schema = Record<string, unknown>;

/** Where schemas stand inside a schema: as the value, in an array, or as the values of a map whose keys are names. */
const mapKeywords = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
const schemaKeywords = new Set([
  'items',
  'prefixItems',
  'anyOf',
  'allOf',
  'oneOf',
  'not',
  'if',
  'then',
  'else',
  'contains',
  'propertyNames',
  'additionalProperties',
  'additionalItems',
  'unevaluatedItems',
  'unevaluatedProperties',
]);

/**
 * The same schema in draft 2020-12 and an upstream's dialect of it; the one given is not changed. Where the caller was strict, a keyword that the
 * dialect lacks is an `invalid_request_error` with the keyword's path; otherwise the keyword moves into the `description`
 * of its node, where the model at least reads it. A schema deeper than `MAX_SCHEMA_DEPTH` is refused.
 */
export function adaptSchema(schema: Schema, dialect: SchemaDialect, options: AdaptOptions): Schema {
  return adaptNode(schema, { dialect, ...options }, 0);
}

interface Place extends AdaptOptions {
  dialect: SchemaDialect;
}

function adaptNode(node: Schema, at: Place, depth: number): Schema {
  if (depth > MAX_SCHEMA_DEPTH) {
    throw invalid(at.param, `The JSON schema nests deeper than ${MAX_SCHEMA_DEPTH} levels.`);
  }
  const { dialect } = at;
  const current = toCurrentDraft(node);
  const schema = dialect.rewrite?.(current) ?? current;
  const kept: [string, unknown][] = [];
  const moved: string[] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    if (value === undefined || dialect.ignored?.has(keyword)) continue;
    const here = { ...at, param: `${at.param}.${keyword}` };
    const name = renamed(keyword, schema, dialect);
    if (supports(dialect, name, value)) {
      kept.push([name, adaptValue(name, value, here, depth)]);
    } else if (at.strict) {
      throw invalid(here.param, `The provider of this model does not support "${keyword}" like this in a JSON schema.`);
    } else {
      moved.push(`${keyword}: ${JSON.stringify(value)}`);
    }
  }
  // Not an assignment: a caller's key `__proto__` has to stay a key.
  const adapted: Schema = Object.fromEntries(kept);
  if (moved.length > 0) adapted.description = describe(schema.description, moved);
  if (dialect.closedObjects && isObjectSchema(adapted)) adapted.additionalProperties = false;
  return adapted;
}

function adaptValue(keyword: string, value: unknown, at: Place, depth: number): unknown {
  if (schemaKeywords.has(keyword)) {
    if (!Array.isArray(value)) return isSchema(value) ? adaptNode(value, at, depth + 1) : value;
    return value.map((entry: unknown, index) => {
      return isSchema(entry) ? adaptNode(entry, { ...at, param: `${at.param}.${index}` }, depth + 1) : entry;
    });
  }
  if (mapKeywords.has(keyword) && isSchema(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, entry]) => [
        name,
        isSchema(entry) ? adaptNode(entry, { ...at, param: `${at.param}.${name}` }, depth + 1) : entry,
      ]),
    );
  }
  return value;
}

/** A new name is taken only where the node does not use that name itself. */
function renamed(keyword: string, schema: Schema, dialect: SchemaDialect): string {
  const name = dialect.rename?.[keyword];
  return name === undefined || name in schema ? keyword : name;
}

function supports(dialect: SchemaDialect, keyword: string, value: unknown): boolean {
  if (dialect.unsupported.has(keyword)) return false;
  if (dialect.closedObjects && keyword === 'additionalProperties' && value !== false) return false;
  const accepts = dialect.values;
  return accepts === undefined || !Object.hasOwn(accepts, keyword) || accepts[keyword]?.(value) === true;
}

function isObjectSchema(schema: Schema): boolean {
  const { type } = schema;
  return type === 'object' || (Array.isArray(type) && type.includes('object')) || 'properties' in schema;
}

function describe(description: unknown, moved: readonly string[]): string {
  const note = `(${moved.join(', ')})`;
  return typeof description === 'string' && description !== '' ? `${description} ${note}` : note;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
