import { z } from 'zod';
import { chatRequestSchema } from '../../formats/pivot/chat-request.ts';
import { rateBody } from '../api/exchange-rates/exchange-rates.ts';
import { keyBody, keyPatch } from '../api/keys/keys.ts';
import { adjustmentBody, ownerBody, ownerPatch, refundBody, topupBody } from '../api/owners/owners.ts';
import * as replies from '../api/reply-schemas.ts';
import * as routingReplies from '../api/routing-schemas.ts';
import { entriesQuery } from '../api/usage/entries.ts';
import { generationQuery } from '../api/usage/generation.ts';
import { eventsBody } from '../api/usage/query-events.ts';
import { usageBody } from '../api/usage/query-usage.ts';
import * as usageReplies from '../api/usage/reply-schemas.ts';
import { compareBody } from '../operations/chat/compare.ts';
import { selectBody } from '../operations/select/select.ts';
import { API_VERSIONS } from './call.ts';

interface Operation {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  path: string;
  summary: string;
  /** `either`: an inference key for what is its owner's, the admin key for anybody's. */
  key: 'inference' | 'admin' | 'either' | null;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** By status; null for a reply without a body. */
  replies: Readonly<Record<number, z.ZodType | null>>;
  /** Whether the reply may also be a stream of chunks. */
  streams?: boolean;
  /** Whether the reply may also be a file. */
  csv?: boolean;
  /** Whether the reply is plain text. */
  text?: boolean;
}

/** Every path of the public API, with the schemas that check it. The tests look that this list and the routes agree. */
export const operations: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/chat/completions',
    summary: 'Chat completion, whole or streamed',
    key: 'inference',
    body: chatRequestSchema,
    replies: { 200: replies.completionReply },
    streams: true,
  },
  {
    method: 'post',
    path: '/v1/chat/compare',
    summary: 'One conversation to several models at once',
    key: 'inference',
    body: compareBody,
    replies: { 200: replies.comparisonReply },
    streams: true,
  },
  {
    method: 'post',
    path: '/v1/router/select',
    summary: 'The model that `auto` would ask, and why; free',
    key: 'inference',
    body: selectBody,
    replies: { 200: routingReplies.selectionReply },
  },
  {
    method: 'get',
    path: '/v1/models',
    summary: 'Models this key may use',
    key: 'inference',
    replies: { 200: replies.modelListReply },
  },
  {
    method: 'get',
    path: '/v1/models/{id}',
    summary: 'One model, by any of its names',
    key: 'inference',
    replies: { 200: replies.modelReply },
  },
  {
    method: 'get',
    path: '/v1/models/{id}/endpoints',
    summary: 'Where a model is served, with live figures; in OpenRouter’s shape',
    key: 'inference',
    replies: { 200: routingReplies.modelEndpointsReply },
  },
  {
    method: 'get',
    path: '/v1/health/endpoints',
    summary: 'How endpoints are doing, as seen from this region',
    key: 'either',
    replies: { 200: routingReplies.endpointHealthReply },
  },
  {
    method: 'get',
    path: '/v1/breakers',
    summary: 'Breakers that have ever opened',
    key: 'admin',
    replies: { 200: routingReplies.breakersReply },
  },
  {
    method: 'post',
    path: '/v1/breakers/{id}/reset',
    summary: 'Closes an endpoint’s breaker on all instances',
    key: 'admin',
    replies: { 204: null },
  },
  {
    method: 'get',
    path: '/v1/balance',
    summary: 'The balance of the key’s owner',
    key: 'inference',
    replies: { 200: replies.balanceReply },
  },
  {
    method: 'post',
    path: '/v1/usage',
    summary: 'Usage added up by day, hour, model, provider or key; with the admin key anybody’s',
    key: 'either',
    body: usageBody,
    replies: { 200: usageReplies.usageReply },
    csv: true,
  },
  {
    method: 'post',
    path: '/v1/usage/events',
    summary: 'Charges one by one, the newest first; as JSON pages or as CSV',
    key: 'either',
    body: eventsBody,
    replies: { 200: usageReplies.eventsReply },
    csv: true,
  },
  {
    method: 'get',
    path: '/v1/usage/events/{id}/attempts',
    summary: 'Where a request was tried, in order',
    key: 'either',
    replies: { 200: usageReplies.attemptsReply },
  },
  {
    method: 'get',
    path: '/v1/generation',
    summary: 'One charge by `?id=`, in OpenRouter’s words',
    key: 'inference',
    query: generationQuery,
    replies: { 200: usageReplies.generationReply },
  },
  {
    method: 'get',
    path: '/v1/credits',
    summary: 'What was put in and spent, in OpenRouter’s words',
    key: 'inference',
    replies: { 200: usageReplies.creditsReply },
  },
  {
    method: 'get',
    path: '/v1/key',
    summary: 'This key, in OpenRouter’s words',
    key: 'inference',
    replies: { 200: usageReplies.ownKeyReply },
  },
  {
    method: 'get',
    path: '/v1/owners/{id}/entries',
    summary: 'Lines of the ledger, the newest first',
    key: 'admin',
    query: entriesQuery,
    replies: { 200: usageReplies.entriesReply },
  },
  {
    method: 'get',
    path: '/v1/usage/rate-limits',
    summary: 'How far the key is from its limits',
    key: 'inference',
    replies: { 200: replies.rateLimitsReply },
  },
  {
    method: 'get',
    path: '/v1/api-versions',
    summary: 'Versions of this contract',
    key: null,
    replies: { 200: replies.apiVersionsReply },
  },
  {
    method: 'post',
    path: '/v1/owners',
    summary: 'New owner',
    key: 'admin',
    body: ownerBody,
    replies: { 201: replies.ownerReply },
  },
  {
    method: 'get',
    path: '/v1/owners',
    summary: 'All owners',
    key: 'admin',
    replies: { 200: z.array(replies.ownerReply) },
  },
  { method: 'get', path: '/v1/owners/{id}', summary: 'One owner', key: 'admin', replies: { 200: replies.ownerReply } },
  {
    method: 'post',
    path: '/v1/owners/{id}/topups',
    summary: 'Add money, once for each reference',
    key: 'admin',
    body: topupBody,
    replies: { 201: replies.entryReply },
  },
  {
    method: 'patch',
    path: '/v1/owners/{id}',
    summary: 'Change an owner’s name and limits',
    key: 'admin',
    body: ownerPatch,
    replies: { 200: replies.ownerReply },
  },
  {
    method: 'post',
    path: '/v1/owners/{id}/adjustments',
    summary: 'Correct a balance, up or down, once for each reference',
    key: 'admin',
    body: adjustmentBody,
    replies: { 201: replies.entryReply },
  },
  {
    method: 'post',
    path: '/v1/owners/{id}/refunds',
    summary: 'Give a charge back, or a part of it, once for each reference',
    key: 'admin',
    body: refundBody,
    replies: { 201: replies.entryReply },
  },
  {
    method: 'post',
    path: '/v1/keys',
    summary: 'New inference key',
    key: 'admin',
    body: keyBody,
    replies: { 201: replies.newKeyReply },
  },
  {
    method: 'get',
    path: '/v1/keys',
    summary: 'Keys, of `owner_id` or of everybody',
    key: 'admin',
    replies: { 200: z.array(replies.keyReply) },
  },
  { method: 'get', path: '/v1/keys/{id}', summary: 'One key', key: 'admin', replies: { 200: replies.keyReply } },
  {
    method: 'patch',
    path: '/v1/keys/{id}',
    summary: 'Change a key',
    key: 'admin',
    body: keyPatch,
    replies: { 200: replies.keyReply },
  },
  {
    method: 'get',
    path: '/v1/keys/{id}/limits',
    summary: 'Limits of a key as set and as they hold, and what is used',
    key: 'admin',
    replies: { 200: replies.keyLimitsReply },
  },
  { method: 'delete', path: '/v1/keys/{id}', summary: 'Suspend a key', key: 'admin', replies: { 204: null } },
  {
    method: 'get',
    path: '/v1/rates',
    summary: 'Rupees per dollar: now, and by day',
    key: 'admin',
    replies: { 200: replies.ratesReply },
  },
  {
    method: 'put',
    path: '/v1/rates/USD_INR',
    summary: 'Set the rate by hand',
    key: 'admin',
    body: rateBody,
    replies: { 200: replies.ratesReply },
  },
  { method: 'get', path: '/healthz', summary: 'Alive', key: null, replies: { 200: replies.healthReply } },
  {
    method: 'get',
    path: '/readyz',
    summary: 'Able to serve',
    key: null,
    replies: { 200: replies.healthReply, 503: replies.healthReply },
  },
  {
    method: 'get',
    path: '/metrics',
    summary: "Metrics in Prometheus' text format, where they are offered; outside a laptop with the admin key",
    key: null,
    replies: { 200: z.string() },
    text: true,
  },
  {
    method: 'get',
    path: '/openapi.json',
    summary: 'This document',
    key: null,
    replies: { 200: z.object({ openapi: z.string() }) },
  },
];

/** The contract as an OpenAPI 3.1 document, made from the schemas that requests and tests are checked with. */
export function openApiDocument() {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    const path = paths[operation.path] ?? {};
    path[operation.method] = describe(operation);
    paths[operation.path] = path;
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Mesh Router', version: API_VERSIONS[0] },
    paths,
    components: {
      schemas: { Error: toJsonSchema(replies.errorReply), ChatCompletionChunk: toJsonSchema(replies.chunkReply) },
      securitySchemes: {
        inference: { type: 'http', scheme: 'bearer', description: 'rsk_…; also as x-api-key' },
        admin: { type: 'http', scheme: 'bearer', description: 'mak_…' },
      },
    },
  };
}

function describe({ summary, key, path, query, body, replies: byStatus, streams, csv, text }: Operation) {
  const answers = Object.entries(byStatus).map(([status, schema]) => {
    if (schema === null) return [status, { description: 'Done' }];
    if (text)
      return [status, { description: 'The answer', content: { 'text/plain': { schema: toJsonSchema(schema) } } }];
    const others = {
      ...(streams ? { 'text/event-stream': { schema: ref('ChatCompletionChunk') } } : {}),
      ...(csv ? { 'text/csv': { schema: { type: 'string' } } } : {}),
    };
    return [status, { description: 'The answer', content: { ...json(toJsonSchema(schema)), ...others } }];
  });
  const parameters = [
    ...(path.includes('{id}') ? [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }] : []),
    ...(query === undefined ? [] : toParameters(query)),
  ];
  return {
    summary,
    security: keysFor(key).map((name) => ({ [name]: [] })),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: json(toJsonSchema(body, 'input')) } }),
    responses: {
      ...Object.fromEntries(answers),
      default: { description: 'An error', content: json(ref('Error')) },
    },
  };
}

function keysFor(key: Operation['key']): string[] {
  if (key === null) return [];
  return key === 'either' ? ['inference', 'admin'] : [key];
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

function json(schema: unknown) {
  return { 'application/json': { schema } };
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
