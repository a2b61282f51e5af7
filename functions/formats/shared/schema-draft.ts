type Schema = Record<string, unknown>;

/** Keywords that may be null: all others are left out where they are, as tools of sloppy servers have them. */
const nullable = new Set(['default', 'const', 'examples', 'example']);

/**
 * A node of a JSON schema as draft 2020-12 says it, which is what providers check schemas against: MCP servers still write
 * draft 7 and older, or OpenAPI's own. Tuples are `prefixItems`, limits that exclude are numbers, `dependencies` are two keywords,
 * `required` is a list of the object, null is one of the types. Nodes inside are left as they are.
 * https://json-schema.org/draft/2020-12/release-notes, https://json-schema.org/draft/2019-09/release-notes,
 * https://www.openapis.org/blog/2021/02/16/migrating-from-openapi-3-0-to-3-1-0
 */
export function toCurrentDraft(node: Readonly<Schema>): Schema {
  // Many requests have a thousand nodes, nearly all of them as they should be.
  const schema: Schema = { ...node };
  for (const keyword in schema) {
    const value = schema[keyword];
    if (value === undefined || (value === null && !nullable.has(keyword))) delete schema[keyword];
  }
  if (schema.type === 'any') delete schema.type;
  toPrefixItems(schema);
  toExclusive(schema, 'exclusiveMinimum', 'minimum');
  toExclusive(schema, 'exclusiveMaximum', 'maximum');
  toDependents(schema);
  toRequired(schema);
  toNullable(schema);
  return schema;
}

function toPrefixItems(schema: Schema): void {
  const { items, additionalItems } = schema;
  if (additionalItems !== undefined) delete schema.additionalItems;
  if (!Array.isArray(items)) return;
  delete schema.items;
  // An empty list is no list in the newer draft, where it would be a mistake.
  if (items.length > 0) schema.prefixItems = items;
  if (additionalItems !== undefined) schema.items = additionalItems;
}

/** Until draft 4 a flag beside the limit, now a limit of its own. */
function toExclusive(schema: Schema, exclusive: string, limit: string): void {
  const flag = schema[exclusive];
  if (typeof flag !== 'boolean') return;
  delete schema[exclusive];
  if (!flag || schema[limit] === undefined) return;
  schema[exclusive] = schema[limit];
  delete schema[limit];
}

function toDependents(schema: Schema): void {
  const { dependencies } = schema;
  if (!isSchema(dependencies)) return;
  delete schema.dependencies;
  const entries = Object.entries(dependencies);
  const names = entries.filter(([, value]) => Array.isArray(value));
  const schemas = entries.filter(([, value]) => !Array.isArray(value));
  if (names.length > 0) schema.dependentRequired = Object.fromEntries(names);
  if (schemas.length > 0) schema.dependentSchemas = Object.fromEntries(schemas);
}

/** Draft 3 says of a property itself that it is required, and many still write it so. */
function toRequired(schema: Schema): void {
  if ('required' in schema && !Array.isArray(schema.required)) delete schema.required;
  if (schema.properties === undefined && schema.required === undefined) return;
  const properties = isSchema(schema.properties) ? schema.properties : {};
  const flagged = Object.keys(properties).filter((name) => {
    const property = properties[name];
    return isSchema(property) && property.required === true;
  });
  const listed: unknown[] = Array.isArray(schema.required) ? schema.required : [];
  const required = [...new Set([...listed, ...flagged])];
  if (flagged.length > 0 || required.length !== listed.length) schema.required = required;
}

/** OpenAPI 3.0 has a flag beside the type, which says nothing to anybody else. */
function toNullable(schema: Schema): void {
  const { nullable: flag, type, enum: values } = schema;
  if (typeof flag !== 'boolean') return;
  delete schema.nullable;
  if (!flag || type === undefined) return;
  schema.type = [...new Set([type, 'null'].flat())];
  if (Array.isArray(values) && !values.includes(null)) schema.enum = [...values, null];
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
