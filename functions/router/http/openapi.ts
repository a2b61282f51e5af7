import { z } from 'zod';
import { API_VERSIONS } from './call.ts';
import type { Route } from './route.ts';

type Description = Route<never>;

export interface DocumentOptions {
  /** What each tag of the routes stands for, in the order that they are shown in. */
  tags: Readonly<Record<string, string>>;
  error: z.ZodType;
}

/** The contract as an OpenAPI 3.1 document, made from the schemas that requests and tests are checked with. */
export function openApiDocument(routes: readonly Description[], { tags, error }: DocumentOptions) {
  const paths: Record<string, Record<string, unknown>> = {};
  const frames: Record<string, unknown> = {};
  for (const route of routes) {
    const name = route.path.replace('+}', '}');
    paths[name] = { ...paths[name], [route.method.toLowerCase()]: describe(route) };
    if (route.streams !== undefined) frames[route.streams.name] = toJsonSchema(route.streams.schema);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Mesh Router',
      version: API_VERSIONS[0],
      description: 'One OpenAI-compatible endpoint in front of many model providers, with prepaid balances.',
      license: { name: 'Proprietary' },
    },
    servers: [{ url: '/', description: 'Where this document came from' }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: { Error: toJsonSchema(error), ...frames },
      securitySchemes: {
        inference: { type: 'http', scheme: 'bearer', description: 'rsk_…; also as x-api-key' },
        admin: { type: 'http', scheme: 'bearer', description: 'mak_…' },
      },
    },
  };
}

function describe(route: Description) {
  const { path, query, body, examples } = route;
  const parameters = [
    ...(/\{id\+?\}/.test(path) ? [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }] : []),
    ...(query === undefined ? [] : toParameters(query)),
  ];
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    security: keysFor(route.access).map((name) => ({ [name]: [] })),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: json(toJsonSchema(body, 'input'), examples?.body) } }),
    responses: {
      ...Object.fromEntries(repliesOf(route)),
      default: { description: 'An error', content: json(ref('Error')) },
    },
  };
}

function repliesOf({ replies, streams, csv, text, examples }: Description): [string, object][] {
  return Object.entries(replies).map(([status, schema], at) => {
    if (schema === null) return [status, { description: 'Done' }];
    const example = at === 0 ? examples?.reply : undefined;
    const content = {
      ...(text ? { 'text/plain': { schema: toJsonSchema(schema) } } : json(toJsonSchema(schema), example)),
      ...(streams === undefined ? {} : { 'text/event-stream': { schema: ref(streams.name) } }),
      ...(csv ? { 'text/csv': { schema: { type: 'string' } } } : {}),
    };
    return [status, { description: 'The answer', content }];
  });
}

function keysFor(access: Description['access']): string[] {
  if (access === 'open') return [];
  return access === 'either' ? ['inference', 'admin'] : [access];
}

function toParameters(query: z.ZodObject) {
  const { properties, required = [] } = z.toJSONSchema(query, { io: 'input', target: 'draft-2020-12' });
  return Object.entries(properties ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

/** `example`: the value that is shown, where there is one. */
function json(schema: unknown, example?: unknown) {
  return { 'application/json': { schema, ...(example === undefined ? {} : { example }) } };
}

function ref(name: string) {
  return { $ref: `#/components/schemas/${name}` };
}

function toJsonSchema(schema: z.ZodType, io: 'input' | 'output' = 'output'): Record<string, unknown> {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' });
  // Replies may say more than is named.
  return io === 'output' ? open(rest) : rest;
}

/** The schema without what would forbid fields that are not named. */
function open(schema: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(schema, (key, value) => (key === 'additionalProperties' && value === false ? undefined : value)),
  );
}
