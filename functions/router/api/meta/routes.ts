import { z } from 'zod';
import { openaiSurface } from '../../../formats/chat/surface.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { listApiVersions } from './api-versions.ts';
import { getMetrics } from './metrics.ts';
import { isAlive, isReady } from './probes.ts';
import { apiVersionsReply, healthReply } from './reply-schemas.ts';

export const metaRoutes: readonly Route<Services>[] = [
  {
    method: 'GET',
    path: '/v1/api-versions',
    operationId: 'listApiVersions',
    tag: 'meta',
    summary: 'Versions of this contract',
    access: 'open',
    surface: openaiSurface,
    replies: { 200: apiVersionsReply },
    handle: listApiVersions,
  },
  {
    method: 'GET',
    path: '/healthz',
    operationId: 'isAlive',
    tag: 'meta',
    summary: 'Alive',
    access: 'open',
    surface: openaiSurface,
    replies: { 200: healthReply },
    probe: true,
    handle: isAlive,
  },
  {
    method: 'GET',
    path: '/readyz',
    operationId: 'isReady',
    tag: 'meta',
    summary: 'Able to serve',
    access: 'open',
    surface: openaiSurface,
    replies: { 200: healthReply, 503: healthReply },
    probe: true,
    handle: isReady,
  },
  {
    method: 'GET',
    path: '/metrics',
    operationId: 'getMetrics',
    tag: 'meta',
    summary: "Metrics in Prometheus' text format, where they are offered; outside a laptop with the admin key",
    access: 'open',
    surface: openaiSurface,
    replies: { 200: z.string() },
    errors: ['unauthorized', 'forbidden', 'not_found'],
    text: true,
    probe: true,
    handle: getMetrics,
  },
];
