import { z } from 'zod';
import { openaiSurface } from '../../../formats/chat/surface.ts';
import { googleSurface } from '../../../formats/gemini/surface.ts';
import type { Call } from '../../http/call.ts';
import type { Route } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { getModelEndpoints, listEndpointHealth } from './endpoint-health.ts';
import { modelExample } from './examples.ts';
import { getGoogleModel, googleModel, googleModelList, googleModelsQuery, listGoogleModels } from './google-models.ts';
import { getModel, listByPrice, listModels, modelsQuery, searchModels, searchQuery } from './models.ts';
import {
  endpointHealthReply,
  modelEndpointsReply,
  modelInfosReply,
  modelListReply,
  modelReply,
  modelSearchReply,
} from './reply-schemas.ts';

/** Google's newest SDK asks below `v1` for what it reads as its own. */
function isGoogles({ req }: Call): boolean {
  return req.headers['x-goog-api-key'] !== undefined;
}

export const modelRoutes: readonly Route<Services>[] = [
  {
    method: 'GET',
    path: '/v1/models',
    operationId: 'listModels',
    tag: 'models',
    summary: 'Models this key may use',
    description:
      'To Mesh’s own SDKs, which send `X-MeshAPI-SDK`, a bare array of what they call ModelInfo; with `anthropic-version`, Anthropic’s page; with ' +
      '`x-goog-api-key` Google’s, as at `/v1beta/models`.',
    access: 'inference',
    surface: openaiSurface,
    query: modelsQuery,
    replies: { 200: z.union([modelListReply, googleModelList]) },
    conditional: true,
    examples: { reply: { object: 'list', data: [modelExample], models: [] } },
    handle: (call, services) => (isGoogles(call) ? listGoogleModels : listModels)(call, services),
  },
  {
    method: 'GET',
    path: '/v1/models/free',
    operationId: 'listFreeModels',
    tag: 'models',
    summary: 'Models that cost nothing, as Mesh’s SDKs read them',
    access: 'inference',
    surface: openaiSurface,
    replies: { 200: modelInfosReply },
    handle: listByPrice(true),
  },
  {
    method: 'GET',
    path: '/v1/models/paid',
    operationId: 'listPaidModels',
    tag: 'models',
    summary: 'Models that cost something, as Mesh’s SDKs read them',
    access: 'inference',
    surface: openaiSurface,
    replies: { 200: modelInfosReply },
    handle: listByPrice(false),
  },
  {
    method: 'GET',
    path: '/v1/models/search',
    operationId: 'searchModels',
    tag: 'models',
    summary: 'Models by words, with counts by brand, provider and type',
    access: 'inference',
    surface: openaiSurface,
    query: searchQuery,
    replies: { 200: modelSearchReply },
    errors: ['invalid_request_error'],
    handle: searchModels,
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
    replies: { 200: z.union([modelReply, googleModel]) },
    errors: ['model_not_found'],
    examples: { reply: modelExample },
    handle: (call, services, id) => (isGoogles(call) ? getGoogleModel : getModel)(call, services, id),
  },
  {
    method: 'GET',
    path: '/v1beta/models',
    operationId: 'listGoogleModels',
    tag: 'gemini',
    summary: 'Models this key may use, as Google’s clients read them',
    access: 'inference',
    surface: googleSurface,
    query: googleModelsQuery,
    replies: { 200: googleModelList },
    errors: ['invalid_request_error'],
    handle: listGoogleModels,
  },
  {
    method: 'GET',
    path: '/v1beta/models/{id+}',
    operationId: 'getGoogleModel',
    tag: 'gemini',
    summary: 'One model, by any of its names, as Google’s clients read it',
    access: 'inference',
    surface: googleSurface,
    replies: { 200: googleModel },
    errors: ['model_not_found'],
    handle: getGoogleModel,
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
    conditional: true,
    handle: listEndpointHealth,
  },
];
