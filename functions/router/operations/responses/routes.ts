import { MeshError } from '../../../core/errors.ts';
import { errorReply } from '../../../formats/chat/error-reply.ts';
import { responsesRequestSchema } from '../../../formats/responses/responses-request.ts';
import { responsesSurface } from '../../../formats/responses/surface.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { requestErrors } from '../shared/request-errors.ts';
import { limitHeaders, requestHeaders, routingHeaders } from '../shared/request-headers.ts';
import { serveCall } from '../shared/serve-call.ts';
import { responseEvent } from './event-schemas.ts';
import { responseExamples } from './examples.ts';
import { responseReply } from './reply-schemas.ts';
import { responsesOperation } from './responses.ts';

const ownHeaders = {
  'X-Mesh-Dropped-Tools':
    'Types of tools that did not go with the request, since the endpoint that answered has none of them.',
};

export const responsesRoutes: readonly Route<Services>[] = [
  {
    method: 'POST',
    path: '/v1/responses',
    operationId: 'createResponse',
    tag: 'chat',
    summary: 'Response, whole or streamed, as OpenAI’s Responses API has it',
    description: 'Nothing is stored: the whole conversation is in `input`.',
    access: 'inference',
    surface: responsesSurface,
    body: responsesRequestSchema,
    replies: { 200: responseReply },
    errors: requestErrors,
    headers: { request: requestHeaders, reply: { ...routingHeaders, ...limitHeaders, ...ownHeaders } },
    streams: { name: 'ResponseEvent', schema: responseEvent },
    examples: responseExamples,
    traced: true,
    handle: serveCall(responsesOperation),
  },
  {
    method: 'GET',
    path: '/v1/responses',
    operationId: 'openResponsesSocket',
    tag: 'chat',
    summary: 'Refused: responses come over HTTP, not by a websocket',
    access: 'open',
    surface: responsesSurface,
    replies: { 426: errorReply },
    errors: ['upgrade_required'],
    handle() {
      throw new MeshError('upgrade_required');
    },
  },
];
