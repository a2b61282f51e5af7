import type { AttemptRecord } from './try-in-order.ts';

/** How a request was routed, as told at the end of an answer. */
export interface RoutingFacts {
  attempts: number;
  /** Whether the model that answered is another than the one asked for. */
  fallback: boolean;
  model: string;
  /** Whether that was left to the router. */
  auto: boolean;
  provider: string;
  region: string | null;
  /** Whose credential it was asked with, of an owner that has keys for providers. */
  credential?: 'own' | 'platform';
  /** From sending to the first token, of the endpoint that answered. */
  latency_ms: number;
}

/** Null before the first attempt. `hasOwn`: whether the owner has keys for providers. */
export function routingFacts(
  attempts: readonly AttemptRecord[],
  modelId: string,
  auto: boolean,
  hasOwn: boolean,
): RoutingFacts | null {
  const last = attempts.at(-1);
  if (last === undefined) return null;
  return {
    attempts: attempts.length,
    fallback: last.endpoint.modelId !== modelId,
    model: last.endpoint.modelId,
    auto,
    provider: last.endpoint.provider,
    region: last.endpoint.region,
    ...(hasOwn ? { credential: last.endpoint.ownKey === undefined ? 'platform' : 'own' } : {}),
    latency_ms: Math.round(last.latencyMs),
  };
}

/**
 * The same as headers; an endpoint without a region of its own is reached from `ownRegion`. Nothing of it is known when an
 * early ping sends them, which is why it is repeated at the end.
 */
export function routingHeaders(facts: RoutingFacts | null, ownRegion: string): Record<string, string> {
  if (facts === null) return {};
  return {
    'x-mesh-routing-attempts': String(facts.attempts),
    'x-mesh-routing-fallback': String(facts.fallback),
    'x-mesh-routing-model': facts.model,
    'x-mesh-routing-provider': facts.provider,
    'x-mesh-region': facts.region ?? ownRegion,
    'x-provider-latency-ms': String(facts.latency_ms),
    ...(facts.credential === undefined ? {} : { 'x-mesh-routing-credential': facts.credential }),
    // As Mesh API's clients read them.
    ...(facts.auto ? { 'x-auto-routed': 'true', 'x-resolved-model-id': facts.model } : {}),
  };
}
