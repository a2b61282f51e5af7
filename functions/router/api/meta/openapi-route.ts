import { z } from 'zod';
import { errorReply } from '../../../formats/chat/error-reply.ts';
import { openaiSurface } from '../../../formats/chat/surface.ts';
import { googleErrorReply } from '../../../formats/gemini/error-reply.ts';
import { type Asset, toAsset } from '../../http/asset.ts';
import { openApiDocument } from '../../http/openapi.ts';
import type { Route } from '../../http/route.ts';
import { sendAsset } from '../../http/send-asset.ts';
import type { Services } from '../../way/services.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

/** Of the document's tags. */
const tags = {
  chat: 'What models are asked for',
  messages: 'The same in Anthropic’s form, for its SDKs and Claude Code',
  embeddings: 'Vectors of texts',
  gemini: 'The same in Google’s form, for its SDKs and Gemini CLI',
  models: 'Models, and how their endpoints are doing',
  account: 'What a key’s owner has, and may do',
  usage: 'What was used and charged',
  owners: 'Owners and their money; with the admin key',
  keys: 'Inference keys; with the admin key',
  'admin keys': 'Admin keys and what each may do; with an admin key',
  templates: 'Texts that requests begin with, of the key’s owner',
  alerts: 'What operators and owners should hear of, and where they do; with the admin key',
  catalogue: 'Providers, models and prices as they are served; with the admin key',
  operations: 'Breakers and the exchange rate; with the admin key',
  meta: 'Of the service itself',
  docs: 'These documents, and what models are told of them',
};

/** `GET /openapi.json`: the whole table as a document, written once, itself among it. */
export function openApiRoute(others: readonly Route<Services>[]): Route<Services> {
  let written: Asset | null = null;
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
      written ??= toAsset(JSON_TYPE, JSON.stringify(describeApi([...others, route])));
      return sendAsset(call, written);
    },
  };
  return route;
}

export function describeApi(routes: readonly Route<never>[]): object {
  return openApiDocument(routes, { tags, error: errorReply, googleError: googleErrorReply });
}
