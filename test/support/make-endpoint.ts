import { resolveReasoning } from '../../functions/catalogue/resolve-reasoning.ts';
import { resolveRequest } from '../../functions/catalogue/resolve-request.ts';
import { capabilities, type Endpoint, type ReasoningRules } from '../../functions/core/endpoints/endpoint.ts';
import type { RequestRules } from '../../functions/core/endpoints/request-rules.ts';
import type { Price } from '../../functions/core/money/price.ts';

/** $3 and $15 per million tokens, cached input at a tenth. */
export const somePrice: Price = {
  input: 3_000_000n,
  output: 15_000_000n,
  cacheRead: 300_000n,
  cacheWrite: 3_750_000n,
  cacheWrite1h: 6_000_000n,
  inputAudio: 3_000_000n,
  reasoning: 15_000_000n,
  request: 0n,
  tiers: [],
};

/** What a test says of an endpoint; of `request` and `reasoning` only what it is about. */
export interface EndpointChanges extends Partial<Omit<Endpoint, 'request' | 'reasoning'>> {
  request?: Partial<RequestRules>;
  reasoning?: Partial<ReasoningRules>;
}

/** An endpoint that can do everything, for tests; what a test is about, it says itself. */
export function makeEndpoint({ request, reasoning, ...changes }: EndpointChanges = {}): Endpoint {
  const format = changes.format ?? 'chat';
  return {
    id: 'acme/acme-large',
    modelId: 'acme/large',
    provider: 'acme',
    upstreamModel: 'acme-large',
    region: null,
    format: 'chat',
    url: 'http://127.0.0.1:9/v1/chat/completions',
    streamUrl: 'http://127.0.0.1:9/v1/chat/completions',
    headers: {},
    auth: { type: 'none' },
    price: somePrice,
    contextLength: 200_000,
    maxOutputTokens: 64_000,
    capabilities: new Set(capabilities),
    usage: { cached: null },
    embedding: null,
    tokenizer: 'unknown',
    visibleOutput: false,
    expected: { firstTokenMs: 800, tokensPerSecond: 60 },
    collectsData: false,
    request: { ...resolveRequest(format, 'acme-large'), ...request },
    reasoning: { ...resolveReasoning(format, 'acme-large', { send: 'effort', issuer: 'unknown' }), ...reasoning },
    ...changes,
  };
}
