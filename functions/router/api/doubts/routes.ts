import { openaiSurface } from '../../../formats/chat/surface.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { clearDoubt, listDoubts } from './doubts.ts';
import { doubtsReply } from './reply-schemas.ts';

export const doubtRoutes: readonly Route<Services>[] = [
  {
    method: 'GET',
    path: '/v1/doubts',
    operationId: 'listDoubts',
    tag: 'operations',
    summary: 'Endpoints whose reports of usage are doubted',
    access: 'admin',
    scope: 'operations:read',
    surface: openaiSurface,
    replies: { 200: doubtsReply },
    handle: listDoubts,
  },
  {
    method: 'DELETE',
    path: '/v1/doubts/{id+}',
    operationId: 'clearDoubt',
    tag: 'operations',
    summary: 'Believe an endpoint’s reports again, on all instances',
    access: 'admin',
    scope: 'operations:write',
    surface: openaiSurface,
    replies: { 204: null },
    handle: clearDoubt,
  },
];
