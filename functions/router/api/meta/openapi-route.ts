import { createHash } from 'node:crypto';
import { z } from 'zod';
import { errorReply } from '../../../formats/chat/error-reply.ts';
import { openaiSurface } from '../../../formats/chat/surface.ts';
import { type Call, commonHeaders, sendJson } from '../../http/call.ts';
import { hasCurrent } from '../../http/has-current.ts';
import { openApiDocument } from '../../http/openapi.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';

/** Of the document's tags. */
const tags = {
  chat: 'What models are asked for',
  models: 'Models, and how their endpoints are doing',
  account: 'What a key’s owner has, and may do',
  usage: 'What was used and charged',
  owners: 'Owners and their money; with the admin key',
  keys: 'Inference keys; with the admin key',
  operations: 'Breakers and the exchange rate; with the admin key',
  meta: 'Of the service itself',
};

/** `GET /openapi.json`: the whole table as a document, written once, itself among it. */
export function openApiRoute(others: readonly Route<Services>[]): Route<Services> {
  let written: { text: string; etag: string } | null = null;
  const route: Route<Services> = {
    method: 'GET',
    path: '/openapi.json',
    operationId: 'getOpenApiDocument',
    tag: 'meta',
    summary: 'This document',
    access: 'open',
    surface: openaiSurface,
    replies: { 200: z.object({ openapi: z.string() }) },
    conditional: true,
    handle(call) {
      written ??= write(describeApi([...others, route]));
      return send(call, written);
    },
  };
  return route;
}

export function describeApi(routes: readonly Route<never>[]): object {
  return openApiDocument(routes, { tags, error: errorReply });
}

function write(document: object): { text: string; etag: string } {
  const text = JSON.stringify(document);
  return { text, etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` };
}

async function send(call: Call, { text, etag }: { text: string; etag: string }): Promise<undefined> {
  const headers = { etag, 'cache-control': 'no-cache' };
  if (hasCurrent(call, etag)) call.res.writeHead(304, { ...commonHeaders(call), ...headers }).end();
  else sendJson(call, 200, text, headers);
}
