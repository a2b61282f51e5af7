/** What is wrong with a JSON schema of a tool; null for nothing. */
export type SchemaCheck = (schema: Record<string, unknown>) => string | null;

type Node = Record<string, unknown>;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every schema within a schema, by where JSON Schema 2020-12 has schemas; `visit` says what is wrong with one. */
function walk(node: unknown, visit: SchemaCheck): string | null {
  if (typeof node === 'boolean') return null;
  if (!isNode(node)) return `${JSON.stringify(node)} is not of type 'object', 'boolean'`;
  const wrong = visit(node);
  if (wrong !== null) return wrong;
  const one = ['items', 'contains', 'not', 'if', 'then', 'else', 'additionalProperties', 'propertyNames'];
  const many = ['prefixItems', 'anyOf', 'allOf', 'oneOf'];
  const named = ['properties', '$defs', 'definitions', 'patternProperties', 'dependentSchemas'];
  const inner = [
    ...one.flatMap((keyword) => (node[keyword] === undefined ? [] : [node[keyword]])),
    ...many.flatMap((keyword) => (Array.isArray(node[keyword]) ? (node[keyword] as unknown[]) : [])),
    ...named.flatMap((keyword) => (isNode(node[keyword]) ? Object.values(node[keyword]) : [])),
  ];
  for (const each of inner) {
    const found = walk(each, visit);
    if (found !== null) return found;
  }
  return null;
}

/** The meta-schema of draft 2020-12, as far as older drafts break it. https://json-schema.org/draft/2020-12/schema */
export const draft2020: SchemaCheck = (schema) =>
  walk(schema, (node) => {
    for (const limit of ['exclusiveMinimum', 'exclusiveMaximum', 'minimum', 'maximum']) {
      if (node[limit] !== undefined && typeof node[limit] !== 'number') return `${limit} must be a number`;
    }
    for (const list of ['required', 'enum', 'prefixItems', 'anyOf', 'allOf', 'oneOf']) {
      if (node[list] !== undefined && !Array.isArray(node[list])) return `${list} must be a list`;
    }
    for (const map of ['properties', '$defs', 'patternProperties']) {
      if (node[map] !== undefined && !isNode(node[map])) return `${map} must be an object`;
    }
    const types = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'];
    if (node.type !== undefined && ![node.type].flat().every((type) => types.includes(type as string))) return 'type';
    return null;
  });

/** https://docs.claude.com/en/docs/agents-and-tools/tool-use/implement-tool-use: an object without alternatives at its root. */
export const claudeSchema: SchemaCheck = (schema) => {
  if (schema.type !== 'object') return 'input_schema.type: Field required';
  const refused = ['anyOf', 'oneOf', 'allOf'].find((keyword) => keyword in schema);
  return refused === undefined ? draft2020(schema) : `input_schema does not support ${refused} at the top level`;
};

/** OpenAI's function parameters. https://platform.openai.com/docs/guides/function-calling */
export const openaiSchema: SchemaCheck = (schema) => {
  if (schema.type !== 'object') return 'schema must be a JSON Schema of \'type: "object"\'';
  const refused = ['anyOf', 'oneOf', 'allOf', 'enum', 'not'].find((keyword) => keyword in schema);
  if (refused !== undefined) return `schema must not have '${refused}' at the top level`;
  if (!isNode(schema.properties)) return 'object schema missing properties';
  return (
    draft2020(schema) ??
    walk(schema, (node) =>
      [node.type].flat().includes('array') && !('items' in node) ? 'array schema missing items' : null,
    )
  );
};

/** https://docs.aws.amazon.com/nova/latest/userguide/tool-use-definition.html */
export const novaSchema: SchemaCheck = (schema) => {
  const unknown = Object.keys(schema).find((keyword) => !['type', 'properties', 'required'].includes(keyword));
  if (unknown !== undefined) return `${unknown} is not supported at the top level`;
  return schema.type === 'object' ? draft2020(schema) : 'type must be object';
};

/** What `parametersJsonSchema` documents. https://ai.google.dev/api/caching#FunctionDeclaration */
export const geminiSchema: SchemaCheck = (schema) =>
  draft2020(schema) ??
  walk(schema, (node) => {
    const known = [
      ...['$id', '$defs', '$ref', '$anchor', 'type', 'format', 'title', 'description', 'enum', 'items', 'prefixItems'],
      ...[
        'minItems',
        'maxItems',
        'minimum',
        'maximum',
        'anyOf',
        'oneOf',
        'properties',
        'additionalProperties',
        'required',
      ],
      ...['propertyOrdering', 'default', 'examples', 'nullable'],
    ];
    const unknown = Object.keys(node).find((keyword) => !known.includes(keyword));
    if (unknown !== undefined) return `${unknown} would be ignored`;
    const values = node.enum as unknown[] | undefined;
    if (values === undefined) return null;
    const isFine =
      node.type === 'string' && values.length > 0 && values.every((value) => typeof value === 'string' && value !== '');
    return isFine ? null : 'enum: only allowed for STRING type, should be non-empty';
  });
