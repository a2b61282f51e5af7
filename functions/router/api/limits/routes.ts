import { openaiSurface } from '../../../formats/chat/surface.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { endUserQuery, getKeyLimits, getRateLimits } from './limits.ts';
import { keyLimitsReply, rateLimitsReply } from './reply-schemas.ts';

export const limitRoutes: readonly Route<Services>[] = [
  {
    method: 'GET',
    path: '/v1/usage/rate-limits',
    operationId: 'getRateLimits',
    tag: 'account',
    summary: 'How far the key is from its limits',
    access: 'inference',
    surface: openaiSurface,
    query: endUserQuery,
    replies: { 200: rateLimitsReply },
    errors: ['invalid_request_error'],
    handle: getRateLimits,
  },
  {
    method: 'GET',
    path: '/v1/keys/{id}/limits',
    operationId: 'getKeyLimits',
    tag: 'keys',
    summary: 'Limits of a key as set and as they hold, and what is used',
    access: 'manage',
    scope: 'keys:read',
    surface: openaiSurface,
    query: endUserQuery,
    replies: { 200: keyLimitsReply },
    errors: ['not_found', 'invalid_request_error'],
    handle: getKeyLimits,
  },
];
