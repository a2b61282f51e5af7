import { openaiSurface } from '../../../formats/chat/surface.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { sessionReply } from './reply-schemas.ts';
import { getSession, sessionQuery } from './session.ts';

export const sessionRoutes: readonly Route<Services>[] = [
  {
    method: 'GET',
    path: '/v1/sessions/{id+}',
    operationId: 'getSession',
    tag: 'usage',
    summary: 'What a session has used: requests, tokens, cost, models, and how much came from a cache',
    description: '`{id}` is the `session` of an event: as its client names it, or a hash of that.',
    access: 'either',
    surface: openaiSurface,
    query: sessionQuery,
    replies: { 200: sessionReply },
    errors: ['invalid_request_error', 'not_found'],
    handle: getSession,
  },
];
