import { openaiSurface } from '../../../formats/chat/surface.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { getModelEndpoints, listEndpointHealth } from './endpoint-health.ts';
import { modelExample } from './examples.ts';
import { getModel, listModels, modelsQuery } from './models.ts';
import { endpointHealthReply, modelEndpointsReply, modelListReply, modelReply } from './reply-schemas.ts';

export const modelRoutes: readonly Route<Services>[] = [
  {
    method: 'GET',
    path: '/v1/models',
    operationId: 'listModels',
    tag: 'models',
    summary: 'Models this key may use',
    description: 'To Mesh’s own SDKs, which send `X-MeshAPI-SDK`, a bare array of what they call ModelInfo.',
    access: 'inference',
    surface: openaiSurface,
    query: modelsQuery,
    replies: { 200: modelListReply },
    conditional: true,
    examples: { reply: { object: 'list', data: [modelExample] } },
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
    errors: ['model_not_found'],
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
    errors: ['model_not_found'],
    examples: { reply: modelExample },
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
