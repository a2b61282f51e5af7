import { z } from 'zod';
import { API_VERSIONS } from './call.ts';
import { repliesOf, sharedHeaders } from './openapi-replies.ts';
import { json, toJsonSchema } from './openapi-schema.ts';
import type { Route } from './route.ts';

type Description = Route<never>;

export interface DocumentOptions {
  /** What each tag of the routes stands for, in the order that they are shown in. */
  tags: Readonly<Record<string, string>>;
  error: z.ZodType;
  /** The same in Google's manners. */
  googleError: z.ZodType;
}

/** The contract as an OpenAPI 3.1 document, made from the schemas that requests and tests are checked with. */
export function openApiDocument(routes: readonly Description[], { tags, error, googleError }: DocumentOptions) {
  const paths: Record<string, Record<string, unknown>> = {};
  const frames: Record<string, unknown> = {};
  const responses: Record<string, unknown> = {};
  for (const route of routes) {
    const name = route.path.replace('+}', '}');
    paths[name] = { ...paths[name], [route.method.toLowerCase()]: describe(route, responses) };
    if (route.streams !== undefined) frames[route.streams.name] = toJsonSchema(route.streams.schema);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Mesh Router',
      version: API_VERSIONS[0],
      description:
        'One OpenAI-compatible endpoint in front of many model providers, with prepaid balances. ' +
        '`X-Mesh-Version: YYYY-MM` on a request pins the version of this contract.',
      license: { name: 'Proprietary' },
    },
    servers: [
      { url: '/', description: 'Where this document came from' },
      { url: 'http://localhost:8080', description: 'A router on your own machine' },
    ],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: { Error: toJsonSchema(error), GoogleError: toJsonSchema(googleError), ...frames },
      responses,
      headers: sharedHeaders,
      securitySchemes: {
        inference: {
          type: 'http',
          scheme: 'bearer',
          description: 'rsk_…; also as x-api-key, x-goog-api-key or api-key',
        },
        admin: { type: 'http', scheme: 'bearer', description: 'mak_…; also as x-api-key or api-key' },
      },
    },
  };
}

function describe(route: Description, responses: Record<string, unknown>) {
  const { operationId, tag, summary, description, access, body, examples } = route;
  const parameters = parametersOf(route);
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: keysFor(access).map((name) => ({ [name]: [] })),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: json(toJsonSchema(body, 'input'), examples?.body) } }),
    responses: repliesOf(route, responses),
  };
}

function keysFor(access: Description['access']): string[] {
  if (access === 'open') return [];
  return access === 'either' || access === 'manage' ? ['inference', 'admin'] : [access];
}

function parametersOf({ path, query, headers, conditional }: Description) {
  const read = {
    ...headers?.request,
    ...(conditional ? { 'If-None-Match': 'An `ETag` that was sent before.' } : {}),
  };
  return [
    ...toPathParameters(path),
    ...(query === undefined ? [] : toQueryParameters(query)),
    ...Object.entries(read).map(([name, description]) => ({
      name,
      in: 'header',
      required: false,
      description,
      schema: { type: 'string' },
    })),
  ];
}

function toPathParameters(path: string) {
  const id = /\{id(\+?)\}/.exec(path);
  if (id === null) return [];
  const slashes = id[1] === '' ? {} : { description: 'Its slashes may be sent as they are, or as `%2F`.' };
  return [{ name: 'id', in: 'path', required: true, ...slashes, schema: { type: 'string' } }];
}

function toQueryParameters(query: z.ZodObject) {
  const { properties, required = [] } = z.toJSONSchema(query, { io: 'input', target: 'draft-2020-12' });
  return Object.entries(properties ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}
