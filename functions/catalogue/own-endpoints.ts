import type { Auth, Endpoint } from '../core/endpoints/endpoint.ts';
import { feeOn, type OwnKeyFee } from '../core/money/own-key-fee.ts';
import { COMPATIBLE, type ProviderKey, providerKeySecret } from '../core/provider-keys/provider-key.ts';
import { type Catalogue, type Model, retirementOf, unionOfCapabilities } from './catalogue.ts';
import { resolveReasoning } from './resolve-reasoning.ts';
import { resolveRequest } from './resolve-request.ts';
import { fillTemplate, toEmbeddingTemplates, toPathSegment, toUrlTemplates } from './resolve-url.ts';

/**
 * A catalogue as the owner of keys for providers has it. A model that one of them is for has endpoints that are asked with it, and
 * ours only where each such key lets them stand in. All else is as in `served`, which has no endpoint whose credential is missing;
 * `whole` has those too.
 */
export function withOwnKeys(
  served: Catalogue,
  whole: Catalogue,
  keys: readonly ProviderKey[],
  fee: OwnKeyFee,
): Catalogue {
  const used = newestOfEach(keys);
  const models = new Map(served.models);
  for (const model of whole.models.values()) {
    const own = used.map((key) => ({ key, endpoints: ownEndpoints(model, key, fee) }));
    const serving = own.filter(({ endpoints }) => endpoints.length > 0);
    if (serving.length === 0) continue;
    const mayFallBack = serving.every(({ key }) => key.fallback === 'platform');
    const ours = mayFallBack ? (served.models.get(model.id)?.endpoints ?? []) : [];
    const endpoints = [...serving.flatMap((each) => each.endpoints), ...ours];
    const [capabilities, retiresAt] = [unionOfCapabilities(endpoints), retirementOf(endpoints)];
    models.set(model.id, { ...model, endpoints, capabilities, retiresAt });
  }
  return {
    ...served,
    models,
    find(name) {
      const found = served.find(name) ?? whole.find(name);
      return found === null ? null : (models.get(found.id) ?? null);
    },
  };
}

/** A key that was added later for the same place takes the place of the one before. `keys`: the newest first. */
function newestOfEach(keys: readonly ProviderKey[]): ProviderKey[] {
  const byPlace = new Map<string, ProviderKey>();
  for (const key of keys) {
    const place = JSON.stringify([key.provider, key.baseUrl]);
    if (!byPlace.has(place)) byPlace.set(place, key);
  }
  return [...byPlace.values()];
}

/** The endpoints of a model that are asked with a key. Their ids have its id behind a `#`, so that all that is known of them is apart. */
function ownEndpoints(model: Model, key: ProviderKey, fee: OwnKeyFee): Endpoint[] {
  const named = key.models === null || !Object.hasOwn(key.models, model.id) ? undefined : key.models[model.id];
  if (key.models !== null && named === undefined) return [];
  const likes = key.provider === COMPATIBLE ? toCompatible(model, named) : model.endpoints.filter(isOf(key));
  return likes.map((like) => {
    const price = feeOn(like.price, fee);
    const upstreamModel = named ?? like.upstreamModel;
    return {
      ...like,
      ...(key.baseUrl === null ? {} : placeAt(key.baseUrl, like, upstreamModel)),
      id: `${like.id}#${key.id}`,
      upstreamModel,
      auth: withSecret(like.auth, providerKeySecret(key)),
      price,
      // What no token costs is not paid for as it goes.
      visibleOutput: price.output === 0n ? false : like.visibleOutput,
      ownKey: key.id,
    };
  });
}

const isOf =
  ({ provider }: ProviderKey) =>
  (endpoint: Endpoint) =>
    endpoint.provider === provider;

/** What is said of a chat model anywhere, served as most servers do. */
function toCompatible({ type, endpoints }: Model, upstreamModel: string | undefined): Endpoint[] {
  const [like] = endpoints;
  if (type !== 'chat' || like === undefined || upstreamModel === undefined) return [];
  return [
    {
      ...like,
      id: `${COMPATIBLE}/${upstreamModel}`,
      provider: COMPATIBLE,
      region: null,
      format: 'chat',
      auth: { type: 'bearer', secret: '' },
      request: resolveRequest('chat', upstreamModel),
      reasoning: resolveReasoning('chat', upstreamModel, {}),
      usage: { cached: null },
    },
  ];
}

/** Headers that are in the catalogue are for its address: they may name our account. */
function placeAt(baseUrl: string, { format, embedding, region }: Endpoint, upstreamModel: string) {
  const entry = { base_url: baseUrl };
  const { url, streamUrl } =
    embedding === null ? toUrlTemplates(format, entry) : toEmbeddingTemplates(embedding.shape, format, entry);
  const variables = { model: toPathSegment(upstreamModel), region: region ?? '' };
  return {
    url: fillTemplate(url, variables),
    streamUrl: fillTemplate(streamUrl, variables),
    headers: {},
    outside: true,
  };
}

function withSecret(auth: Auth, secret: string): Auth {
  return auth.type === 'none' ? { type: 'bearer', secret } : { ...auth, secret };
}
