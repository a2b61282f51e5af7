import type { SchemaDialectName } from '../../core/endpoints/request-rules.ts';
import { type AdaptOptions, adaptSchema, type SchemaDialect } from './json-schema-dialect.ts';
import { invalid } from './refusals.ts';
import { plainDialect } from './schema-dialects.ts';
import { inlineReferences } from './schema-references.ts';

type Schema = Record<string, unknown>;

/** The parameters of a function in a dialect, and what had to be said in words beside them, where nothing else has a place for it. */
export interface ToolSchema {
  schema: Schema;
  notes: string[];
}

/** Root keywords that are refused there, though not deeper down; they move into the root's description. */
const refusedAtRoot: Readonly<Partial<Record<SchemaDialectName, readonly string[]>>> = {
  openai: ['anyOf', 'oneOf', 'allOf', 'enum', 'const', 'not'],
  anthropic: ['anyOf', 'oneOf', 'allOf'],
};

/** https://docs.aws.amazon.com/nova/latest/userguide/tool-use-definition.html: any other keyword at the root is an error. */
const takenByNova = new Set(['type', 'properties', 'required']);
/** Names and dialects of a schema, which constrain nothing. */
const saysNothing = new Set(['$schema', '$id', '$comment', '$defs', 'definitions', 'title']);

/**
 * The parameters of a function as the dialect of an endpoint has them: an object, in `dialect`, with nothing at its root that is
 * refused there. Throws `invalid_request_error` where they are no object, and where `strict`, for what would have to move.
 */
export function toToolSchema(
  parameters: Readonly<Schema>,
  name: SchemaDialectName,
  options: AdaptOptions,
  dialect: SchemaDialect = plainDialect,
): ToolSchema {
  if (name === 'json_schema') return { schema: adaptSchema(toObject(parameters), dialect, options), notes: [] };
  const { type } = parameters;
  if (type !== undefined && ![type].flat().includes('object')) {
    throw invalid(`${options.param}.type`, 'The parameters of a function are an object.');
  }
  if (name === 'nova') return toNovaSchema(parameters, options, dialect);
  const root = typeof parameters.$ref === 'string' ? inlineReferences(parameters, 'root') : parameters;
  const refused = refusedAtRoot[name] ?? [];
  const isMoving = (keyword: string) => refused.includes(keyword);
  const entries = Object.entries(root);
  const moving = entries.filter(([keyword]) => isMoving(keyword) || keyword === 'description');
  const { description } = adaptSchema(Object.fromEntries(moving), { unsupported: new Set(refused) }, options);
  const staying = Object.fromEntries(entries.filter(([keyword]) => !isMoving(keyword)));
  const described = description === undefined ? {} : { description };
  const object = { properties: {}, ...staying, ...described, type: 'object' };
  return { schema: adaptSchema(object, dialect, options), notes: [] };
}

/** What says nothing of its type is an object, and some providers want to be told. */
function toObject(parameters: Readonly<Schema>): Schema {
  if ('type' in parameters || '$ref' in parameters) return parameters;
  return { properties: {}, ...parameters, type: 'object' };
}

/** Definitions have no place, so that they are said where they are used; what else stands at the root is said in words. */
function toNovaSchema(parameters: Readonly<Schema>, options: AdaptOptions, dialect: SchemaDialect): ToolSchema {
  const { description, ...root } = inlineReferences(parameters, 'everywhere');
  const entries = Object.entries(adaptSchema({ properties: {}, ...root, type: 'object' }, dialect, options));
  const isMoved = (keyword: string, value: unknown) => !(keyword === 'additionalProperties' && value === true);
  const moved = entries.filter(
    ([keyword, value]) => !takenByNova.has(keyword) && !saysNothing.has(keyword) && isMoved(keyword, value),
  );
  const [first] = moved;
  if (options.strict && first !== undefined) {
    throw invalid(
      `${options.param}.${first[0]}`,
      `The provider of this model does not support "${first[0]}" at the root.`,
    );
  }
  const words = moved.map(([keyword, value]) => `${keyword}: ${JSON.stringify(value)}`);
  const schema = Object.fromEntries(entries.filter(([keyword]) => takenByNova.has(keyword)));
  const notes = [
    ...(typeof description === 'string' && description !== '' ? [description] : []),
    ...(words.length > 0 ? [`(${words.join(', ')})`] : []),
  ];
  return { schema, notes };
}

/** A description with what has no other place. */
export function describeTool(description: string | null | undefined, notes: readonly string[]): string {
  return [description, ...notes].filter((text) => text).join('\n');
}
