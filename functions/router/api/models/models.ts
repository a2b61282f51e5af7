import { z } from 'zod';
import type { Catalogue, Model } from '../../../catalogue/catalogue.ts';
import { toModelInfo, toOpenAIModel } from '../../../catalogue/model-info.ts';
import { MeshError } from '../../../core/errors.ts';
import { authenticate } from '../../access/authenticate.ts';
import type { Key } from '../../access/key-cache.ts';
import type { Call } from '../../http/call.ts';
import { hasCurrent } from '../../http/has-current.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';

/** What `GET /v1/models` may be narrowed down by; what is not named here is not heeded. */
export const modelsQuery = z.object({
  free: z.enum(['true', 'false']).optional().describe('Whether it costs nothing.'),
  type: z.enum(['chat', 'embedding']).optional(),
  provider: z.string().optional().describe('Who serves it.'),
});

/** `GET /v1/models`: a bare array of Mesh's ModelInfo to Mesh's SDKs, OpenAI's list to everyone else. */
export async function listModels(call: Call, services: Services): Promise<Reply> {
  const key = await authenticate(call, services.keys);
  const catalogue = services.catalogue();
  const etag = `"${catalogue.version}-${call.meshSdk ? 'mesh' : 'openai'}-${key.id}${call.query.size ? `-${call.query}` : ''}"`;
  if (hasCurrent(call, etag)) return { status: 304, headers: { etag } };
  const models = [...catalogue.models.values()].filter(
    (model) => isVisible(model, key) && isAskedFor(model, call.query),
  );
  const body = call.meshSdk ? models.map(toModelInfo) : { object: 'list', data: models.map(toOpenAIModel) };
  return { status: 200, body, headers: { etag } };
}

/** `GET /v1/models/{id}`, by any of its names. */
export async function getModel(call: Call, services: Services, name: string): Promise<Reply> {
  const key = await authenticate(call, services.keys);
  const model = findVisible(services.catalogue(), key, name);
  return { status: 200, body: call.meshSdk ? toModelInfo(model) : toOpenAIModel(model) };
}

/** A model by any of its names, where the key may know of it; throws `model_not_found`. */
export function findVisible(catalogue: Catalogue, key: Key, name: string): Model {
  const model = catalogue.find(name);
  if (model === null || !isVisible(model, key)) throw new MeshError('model_not_found', { param: 'model' });
  return model;
}

export function isVisible(model: Model, { allowedModels }: Key): boolean {
  return allowedModels === null || allowedModels.includes(model.id);
}

function isAskedFor(model: Model, query: URLSearchParams): boolean {
  const free = query.get('free');
  const type = query.get('type');
  const provider = query.get('provider');
  if (free !== null && toModelInfo(model).is_free !== (free !== 'false')) return false;
  if (type !== null && model.type !== type) return false;
  return provider === null || model.endpoints.some((endpoint) => endpoint.provider === provider);
}
