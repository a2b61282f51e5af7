import { hash } from 'node:crypto';
import { z } from 'zod';
import type { Catalogue, Model } from '../../../catalogue/catalogue.ts';
import { toCodexModels } from '../../../catalogue/codex-model.ts';
import { type OpenAIModel, toAutoModel, toModelInfo, toOpenAIModel } from '../../../catalogue/model-info.ts';
import { MeshError } from '../../../core/errors.ts';
import { isAuto } from '../../../core/routing/auto-names.ts';
import { toValidationError } from '../../../formats/shared/validation-error.ts';
import { authenticate } from '../../access/authenticate.ts';
import type { Key } from '../../access/key-cache.ts';
import type { Call } from '../../http/call.ts';
import { hasCurrent } from '../../http/has-current.ts';
import type { Reply } from '../../http/route.ts';
import { modelsFor } from '../../way/choose.ts';
import type { Services } from '../../way/services.ts';

/** What `GET /v1/models` may be narrowed down by; what is not named here is not heeded. */
export const modelsQuery = z.object({
  free: z.enum(['true', 'false']).optional().describe('Whether it costs nothing.'),
  type: z.enum(['chat', 'embedding']).optional(),
  provider: z.string().optional().describe('Who serves it.'),
});

type Shape = 'mesh' | 'anthropic' | 'openai';

/**
 * `GET /v1/models`: a bare array of Mesh's ModelInfo to Mesh's SDKs, Anthropic's page to Anthropic's clients, OpenAI's list to
 * everyone else, with `auto` and Codex's list.
 */
export async function listModels(call: Call, services: Services): Promise<Reply> {
  const key = await authenticate(call, services.keys);
  const catalogue = services.catalogueOf(key);
  const shape = shapeFor(call);
  // A key's rights, and its owner's keys for providers, may change under its id.
  const allowed = hash('sha256', JSON.stringify([key.allowedModels, key.providerKeys])).slice(0, 16);
  const etag = `"${catalogue.version}-${shape}-${key.id}-${allowed}${call.query.size ? `-${call.query}` : ''}"`;
  if (hasCurrent(call, etag)) return { status: 304, headers: { etag } };
  const models = visibleModels(call, services, key);
  // What it costs and who serves it is not known before.
  const isAutoAsked = !call.query.has('free') && !call.query.has('provider');
  return { status: 200, body: asList[shape](models, isAutoAsked ? toAutoModel(models) : null), headers: { etag } };
}

function shapeFor({ meshSdk, req }: Call): Shape {
  if (meshSdk) return 'mesh';
  return req.headers['anthropic-version'] === undefined ? 'openai' : 'anthropic';
}

const asList: Readonly<Record<Shape, (models: readonly Model[], auto: OpenAIModel | null) => unknown>> = {
  mesh: (models) => models.map(toModelInfo),
  anthropic: (all) => {
    // Its clients ask for messages alone.
    const models = all.filter(({ type }) => type === 'chat');
    return {
      data: models.map(({ id, name, created }) => ({
        type: 'model',
        id,
        display_name: name,
        created_at: new Date(created * 1_000).toISOString(),
      })),
      has_more: false,
      first_id: models[0]?.id ?? null,
      last_id: models.at(-1)?.id ?? null,
    };
  },
  // Codex reads `models`, everybody else `data`.
  openai: (models, auto) => ({
    object: 'list',
    data: [...models.map(toOpenAIModel), ...(auto === null ? [] : [auto])],
    models: toCodexModels(models),
  }),
};

/** `GET /v1/models/free` and `/paid`: Mesh's ModelInfo of those that cost nothing, or something. */
export const listByPrice =
  (free: boolean) =>
  async (call: Call, services: Services): Promise<Reply> => {
    const key = await authenticate(call, services.keys);
    const models = visibleModels(call, services, key).map(toModelInfo);
    return { status: 200, body: models.filter(({ is_free }) => is_free === free) };
  };

function visibleModels(call: Call, services: Services, key: Key): Model[] {
  const models = [...services.catalogueOf(key).models.values()];
  return models.filter((model) => isVisible(model, key) && isAskedFor(model, call.query));
}

export const MAX_SEARCH_RESULTS = 100;
const SEARCH_RESULTS = 20;
/** What `GET /v1/models/search` is asked with. */
export const searchQuery = z.object({
  ...modelsQuery.shape,
  q: z.string().optional().describe('Words, all of which the id, the name or the description must have.'),
  limit: z.coerce.number().int().min(1).max(MAX_SEARCH_RESULTS).default(SEARCH_RESULTS),
  offset: z.coerce.number().int().nonnegative().default(0),
});

/** `GET /v1/models/search`: a page of what matches, with counts over all that does. */
export async function searchModels(call: Call, services: Services): Promise<Reply> {
  const key = await authenticate(call, services.keys);
  const asked = searchQuery.safeParse(Object.fromEntries(call.query));
  if (!asked.success) throw toValidationError(asked.error);
  const { q = '', limit, offset } = asked.data;
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  const found = visibleModels(call, services, key).filter(({ id, name, description }) => {
    const text = `${id} ${name} ${description ?? ''}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const infos = found.map(toModelInfo);
  const brand = counted(infos.map((info) => info.brand));
  const facets = {
    brand,
    provider: counted(infos.flatMap((info) => info.providers)),
    model_type: counted(infos.map((info) => info.model_type)),
  };
  const items = infos.slice(offset, offset + limit);
  const body = { items, total: infos.length, limit, offset, brands: brand.map(({ value }) => value), facets };
  return { status: 200, body };
}

/** Each value with how often it is there, by name. */
function counted(values: readonly string[]): { value: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([value, count]) => ({ value, count }));
}

/** `GET /v1/models/{id}`, by any of its names. */
export async function getModel(call: Call, services: Services, name: string): Promise<Reply> {
  const key = await authenticate(call, services.keys);
  const auto = isAuto(name) ? toAutoModel(modelsFor(key, 'chat', services.catalogueOf(key))) : null;
  if (auto !== null) return { status: 200, body: auto };
  const model = findVisible(services.catalogueOf(key), key, name);
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
