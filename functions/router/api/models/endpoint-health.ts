import type { Model } from '../../../catalogue/catalogue.ts';
import { architectureOf } from '../../../catalogue/model-info.ts';
import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import { formatDecimal } from '../../../core/money/money.ts';
import { authenticate, authenticateReader } from '../../access/authenticate.ts';
import type { Key } from '../../access/key-cache.ts';
import type { Call } from '../../http/call.ts';
import { replyIfNew } from '../../http/reply-if-new.ts';
import type { Reply } from '../../http/route.ts';
import type { Health } from '../../way/health.ts';
import type { Services } from '../../way/services.ts';
import { findVisible, isVisible } from './models.ts';

const PICO_DECIMALS = 12;

/** `GET /v1/health/endpoints`: how each endpoint that the key may use is doing, as this instance's region sees it. */
export async function listEndpointHealth(call: Call, services: Services): Promise<Reply> {
  const key = await authenticateReader(call, services);
  const catalogue = key === null ? services.catalogue() : services.catalogueOf(key);
  const models = [...catalogue.models.values()].filter((model) => key === null || isVisible(model, key));
  const endpoints = models.flatMap((model) =>
    endpointsFor(model, key).map((each) => ({ ...describe(each, services.health), ...termsOf(each) })),
  );
  const { region } = services;
  const body = { region, as_of: new Date(services.now()).toISOString(), endpoints };
  return replyIfNew(call, body, { region, endpoints });
}

/** `GET /v1/models/{id}/endpoints`: in OpenRouter's shape, with the live figures beside it. */
export async function getModelEndpoints(call: Call, services: Services, name: string): Promise<Reply> {
  const key = await authenticate(call, services.keys);
  const model = findVisible(services.catalogueOf(key), key, name);
  const data = {
    id: model.id,
    name: model.name,
    created: model.created,
    description: model.description ?? '',
    architecture: architectureOf(model),
    endpoints: endpointsFor(model, key).map((endpoint) => ({
      ...describe(endpoint, services.health),
      ...offer(endpoint, model),
      ...termsOf(endpoint),
    })),
  };
  return { status: 200, body: { data } };
}

/** Those that the key's regions allow. */
function endpointsFor({ endpoints }: Model, key: Key | null): Endpoint[] {
  const allowed = key?.allowedRegions ?? null;
  return endpoints.filter(({ region }) => allowed === null || allowed.includes(region ?? ''));
}

function describe(endpoint: Endpoint, health: Health) {
  const { firstTokenMs, tokensPerSecond, errorRate, samples, sampledAt } = health.figures(endpoint);
  const { state, reason, until, admits } = health.standing(endpoint);
  return {
    endpoint: endpoint.id,
    model: endpoint.modelId,
    provider: endpoint.provider,
    region: endpoint.region,
    available: admits !== 'none',
    breaker: { state, reason, until: until === null ? null : new Date(until).toISOString() },
    first_token_ms: Math.round(firstTokenMs),
    tokens_per_second: Number(tokensPerSecond.toFixed(1)),
    error_rate: Number(errorRate.toFixed(4)),
    /** Decayed number of measurements; 0 where the times are the catalogue's. */
    samples: Number(samples.toFixed(2)),
    measured_at: sampledAt === null ? null : new Date(sampledAt).toISOString(),
  };
}

/** What an endpoint offers, as OpenRouter names it. */
function offer({ provider, region }: Endpoint, model: Model) {
  return {
    name: `${provider} | ${model.id}`,
    provider_name: provider,
    tag: region === null ? provider : `${provider}/${region}`,
    max_prompt_tokens: null,
    quantization: null,
    status: 0,
  };
}

/** What is taken and what it costs, by the same names; prices are USD for one token. */
function termsOf({ price, contextLength, maxOutputTokens, capabilities }: Endpoint) {
  const perToken = (picoUsd: bigint) => formatDecimal(picoUsd, PICO_DECIMALS);
  return {
    context_length: contextLength,
    max_completion_tokens: maxOutputTokens,
    pricing: {
      prompt: perToken(price.input),
      completion: perToken(price.output),
      request: perToken(price.request),
      input_cache_read: perToken(price.cacheRead),
      input_cache_write: perToken(price.cacheWrite),
    },
    supported_parameters: [...capabilities].sort(),
  };
}
