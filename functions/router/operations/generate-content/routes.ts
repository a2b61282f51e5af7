import { batchEmbedSchema, embedContentSchema } from '../../../formats/embed-content/request-body.ts';
import { countTokensSchema, generateRequestSchema } from '../../../formats/gemini/generate-request.ts';
import { googleListSurface, googleSurface } from '../../../formats/gemini/surface.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { requestErrors } from '../shared/request-errors.ts';
import { limitHeaders, requestHeaders, routingHeaders } from '../shared/request-headers.ts';
import { serveCall } from '../shared/serve-call.ts';
import { countGenerateTokens } from './count-tokens.ts';
import { embedOperation } from './embed-content.ts';
import { batchEmbedExamples, countExamples, embedExamples, generateExamples } from './examples.ts';
import { asksForEvents, generateOperation } from './generate-content.ts';
import {
  batchEmbedReply,
  countReply,
  embedReply,
  generateEventReply,
  generateListReply,
  generateReply,
} from './reply-schemas.ts';

const headers = { request: requestHeaders, reply: { ...routingHeaders, ...limitHeaders } };
const ofStreams = { 'X-Accel-Buffering': '`no`: proxies pass a stream on as it comes.' };
const serveStream = serveCall(generateOperation(true));

export const generateRoutes: readonly Route<Services>[] = [
  {
    method: 'POST',
    path: '/v1beta/models/{id+}:generateContent',
    operationId: 'generateContent',
    tag: 'gemini',
    summary: 'An answer in Google’s form, of any model',
    access: 'inference',
    surface: googleSurface,
    body: generateRequestSchema,
    replies: { 200: generateReply },
    errors: requestErrors,
    headers,
    examples: generateExamples,
    traced: true,
    handle: serveCall(generateOperation(false)),
  },
  {
    method: 'POST',
    path: '/v1beta/models/{id+}:streamGenerateContent',
    operationId: 'streamGenerateContent',
    tag: 'gemini',
    summary: 'The same as a stream: of events with `alt=sse`, else a list of JSON',
    access: 'inference',
    surface: googleSurface,
    body: generateRequestSchema,
    replies: { 200: generateListReply },
    errors: requestErrors,
    headers: { ...headers, reply: { ...headers.reply, ...ofStreams } },
    streams: { name: 'GenerateContentResponse', schema: generateEventReply },
    examples: { body: generateExamples.body, reply: [generateExamples.reply] },
    traced: true,
    handle(call, services, param) {
      if (!asksForEvents(call.query)) call.surface = googleListSurface;
      return serveStream(call, services, param);
    },
  },
  {
    method: 'POST',
    path: '/v1beta/models/{id+}:countTokens',
    operationId: 'countGenerateTokens',
    tag: 'gemini',
    summary: 'How many tokens the input of a request is, of any model; free',
    access: 'inference',
    surface: googleSurface,
    body: countTokensSchema,
    replies: { 200: countReply },
    errors: ['rate_limit_exceeded', 'model_not_found', 'context_length_exceeded', 'model_capability_not_supported'],
    examples: countExamples,
    traced: true,
    handle: countGenerateTokens,
  },
  {
    method: 'POST',
    path: '/v1beta/models/{id+}:embedContent',
    operationId: 'embedContent',
    tag: 'gemini',
    summary: 'The vector of a text, of any embedding model',
    access: 'inference',
    surface: googleSurface,
    body: embedContentSchema,
    replies: { 200: embedReply },
    errors: requestErrors,
    headers,
    examples: embedExamples,
    traced: true,
    handle: serveCall(embedOperation(false)),
  },
  {
    method: 'POST',
    path: '/v1beta/models/{id+}:batchEmbedContents',
    operationId: 'batchEmbedContents',
    tag: 'gemini',
    summary: 'Vectors of several texts, charged once',
    access: 'inference',
    surface: googleSurface,
    body: batchEmbedSchema,
    replies: { 200: batchEmbedReply },
    errors: requestErrors,
    headers,
    examples: batchEmbedExamples,
    traced: true,
    handle: serveCall(embedOperation(true)),
  },
];
