import { openaiSurface } from '../../../formats/chat/surface.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { getModelEndpoints, listEndpointHealth } from './endpoint-health.ts';
import { getModel, listModels } from './models.ts';
import { endpointHealthReply, modelEndpointsReply, modelListReply, modelReply } from './reply-schemas.ts';

export const modelRoutes: readonly Route<Services>[] = [
  {
    method: 'GET',
    path: '/v1/models',
    operationId: 'listModels',
    tag: 'models',
    summary: 'Models this key may use',
    access: 'inference',
    surface: openaiSurface,
    replies: { 200: modelListReply },
    handle: listModels,
  },
  // Before the model itself, whose id would take in the last segment.
  {
    method: 'GET',
    path: '/v1/models/{id+}/endpoints',
    operationId: 'listModelEndpoints',
    tag: 'models',
    summary: 'Where a model is served, with live figures; in OpenRouter’s shape',
    access: 'inference',
    surface: openaiSurface,
    replies: { 200: modelEndpointsReply },
    handle: getModelEndpoints,
  },
  {
    method: 'GET',
    path: '/v1/models/{id+}',
    operationId: 'getModel',
    tag: 'models',
    summary: 'One model, by any of its names',
    access: 'inference',
    surface: openaiSurface,
    replies: { 200: modelReply },
    handle: getModel,
  },
  {
    method: 'GET',
    path: '/v1/health/endpoints',
    operationId: 'listEndpointHealth',
    tag: 'models',
    summary: 'How endpoints are doing, as seen from this region',
    access: 'either',
    surface: openaiSurface,
    replies: { 200: endpointHealthReply },
    handle: listEndpointHealth,
  },
];
