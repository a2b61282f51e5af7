import { z } from 'zod';
import { messagesRequestSchema } from '../../../formats/messages/messages-request.ts';
import { anthropicSurface } from '../../../formats/messages/surface.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { requestErrors } from '../shared/request-errors.ts';
import { limitHeaders, requestHeaders, routingHeaders } from '../shared/request-headers.ts';
import { serveCall } from '../shared/serve-call.ts';
import { messageExamples } from './examples.ts';
import { messagesOperation } from './messages.ts';
import { messageEventReply, messageReply } from './reply-schemas.ts';

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
      reply: { 'request-id': 'Ours, as Anthropic’s clients read it.', ...routingHeaders, ...limitHeaders },
    },
    streams: { name: 'MessageEvent', schema: messageEventReply },
    examples: messageExamples,
    traced: true,
    handle: serveCall(messagesOperation),
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
