import { chatBody } from '../../../formats/chat/request-body.ts';
import { openaiSurface } from '../../../formats/chat/surface.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { requestErrors } from '../shared/request-errors.ts';
import { limitHeaders, requestHeaders, routingHeaders } from '../shared/request-headers.ts';
import { serveCall } from '../shared/serve-call.ts';
import { chatOperation } from './chat.ts';
import { compare, compareBody } from './compare.ts';
import { comparisonReply } from './comparison-reply.ts';
import { comparisonExamples, completionExamples } from './examples.ts';
import { chunkReply, completionReply } from './reply-schemas.ts';

/** A template may not be there. */
const chatErrors = [...requestErrors, 'not_found'] as const;
const chunks = { name: 'ChatCompletionChunk', schema: chunkReply };

export const chatRoutes: readonly Route<Services>[] = [
  {
    method: 'POST',
    path: '/v1/chat/completions',
    operationId: 'createChatCompletion',
    tag: 'chat',
    summary: 'Chat completion, whole or streamed',
    access: 'inference',
    surface: openaiSurface,
    body: chatBody,
    replies: { 200: completionReply },
    errors: chatErrors,
    headers: { request: requestHeaders, reply: { ...routingHeaders, ...limitHeaders } },
    streams: chunks,
    examples: completionExamples,
    traced: true,
    handle: serveCall(chatOperation),
  },
  {
    method: 'POST',
    path: '/v1/chat/compare',
    operationId: 'compareChatCompletions',
    tag: 'chat',
    summary: 'One conversation to several models at once',
    access: 'inference',
    surface: openaiSurface,
    body: compareBody,
    replies: { 200: comparisonReply },
    errors: chatErrors,
    headers: { request: requestHeaders },
    streams: chunks,
    examples: comparisonExamples,
    traced: true,
    handle: compare,
  },
];
