import { capabilities, type Endpoint } from '../../functions/core/endpoints/endpoint.ts';
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

/** An endpoint that can do everything, for tests; what a test is about, it says itself. */
export function makeEndpoint(changes: Partial<Endpoint> = {}): Endpoint {
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
    request: { set: {}, drop: [], rename: {}, roles: {}, unknown: 'drop' },
    reasoning: { send: 'effort', field: null, replay: 'signed', issuer: 'unknown' },
    usage: { cached: null },
    tokenizer: 'unknown',
    visibleOutput: false,
    expected: { firstTokenMs: 800, tokensPerSecond: 60 },
    collectsData: false,
    ...changes,
  };
}
