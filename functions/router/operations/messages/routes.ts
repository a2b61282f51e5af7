import { z } from 'zod';
import { countTokensSchema, messagesRequestSchema } from '../../../formats/messages/messages-request.ts';
import { anthropicSurface } from '../../../formats/messages/surface.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { requestErrors } from '../shared/request-errors.ts';
import { capHeaders, limitHeaders, requestHeaders, routingHeaders } from '../shared/request-headers.ts';
import { serveCall } from '../shared/serve-call.ts';
import { countMessageTokens } from './count-tokens.ts';
import { countExamples, messageExamples } from './examples.ts';
import { messagesOperation } from './messages.ts';
import { countReply, messageEventReply, messageReply } from './reply-schemas.ts';

const anthropicHeaders = {
  'anthropic-version': 'Passed on to endpoints that speak the format.',
  'anthropic-beta': 'The same.',
};

export const messagesRoutes: readonly Route<Services>[] = [
  {
    method: 'POST',
    path: '/v1/messages',
    operationId: 'createMessage',
    tag: 'messages',
    summary: 'A message in Anthropic’s form, whole or streamed, of any model',
    access: 'inference',
    surface: anthropicSurface,
    body: messagesRequestSchema,
    replies: { 200: messageReply },
    errors: requestErrors,
    headers: {
      request: { ...anthropicHeaders, ...requestHeaders },
      reply: {
        'request-id': 'Ours, as Anthropic’s clients read it.',
        ...routingHeaders,
        ...limitHeaders,
        ...capHeaders,
      },
    },
    streams: { name: 'MessageEvent', schema: messageEventReply },
    examples: messageExamples,
    traced: true,
    handle: serveCall(messagesOperation),
  },
  {
    method: 'POST',
    path: '/v1/messages/count_tokens',
    operationId: 'countMessageTokens',
    tag: 'messages',
    summary: 'How many tokens the input of a message is, of any model; free',
    access: 'inference',
    surface: anthropicSurface,
    body: countTokensSchema,
    replies: { 200: countReply },
    errors: ['rate_limit_exceeded', 'model_not_found', 'context_length_exceeded', 'model_capability_not_supported'],
    headers: { request: anthropicHeaders },
    examples: countExamples,
    traced: true,
    handle: countMessageTokens,
  },
  {
    method: 'GET',
    path: '/api/hello',
    operationId: 'sayHello',
    tag: 'messages',
    summary: 'Claude Code asks whether anybody is there',
    access: 'open',
    surface: anthropicSurface,
    replies: { 200: z.object({ message: z.string() }) },
    probe: true,
    handle: () => ({ status: 200, body: { message: 'hello' } }),
  },
  {
    method: 'POST',
    path: '/api/event_logging/batch',
    operationId: 'dropEvents',
    tag: 'messages',
    summary: 'Claude Code tells of itself; nothing of it is read',
    access: 'open',
    surface: anthropicSurface,
    replies: { 200: z.object({}) },
    probe: true,
    handle: () => ({ status: 200, body: {} }),
  },
];
