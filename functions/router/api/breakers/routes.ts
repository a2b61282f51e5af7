import { openaiSurface } from '../../../formats/chat/surface.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { listBreakers, resetBreaker } from './breakers.ts';
import { breakersReply } from './reply-schemas.ts';

export const breakerRoutes: readonly Route<Services>[] = [
  {
    method: 'GET',
    path: '/v1/breakers',
    operationId: 'listBreakers',
    tag: 'operations',
    summary: 'Breakers that have ever opened',
    access: 'admin',
    scope: 'operations:read',
    surface: openaiSurface,
    replies: { 200: breakersReply },
    conditional: true,
    handle: listBreakers,
  },
  {
    method: 'POST',
    path: '/v1/breakers/{id+}/reset',
    operationId: 'resetBreaker',
    tag: 'operations',
    summary: 'Closes an endpoint’s breaker on all instances',
    access: 'admin',
    scope: 'operations:write',
    surface: openaiSurface,
    replies: { 204: null },
    errors: ['not_found'],
    handle: resetBreaker,
  },
];
