import type { Capability, Endpoint } from '../endpoints/endpoint.ts';
import type { PicoUsd } from '../money/price.ts';
import { type Candidate, heldInputTokens, type InputMeasure, outputLimit } from './quote.ts';
import type { Profile } from './weights.ts';

/** What a request asks of the endpoints that may serve it. */
export interface Needs {
  capabilities: ReadonlySet<Capability>;
  input: InputMeasure;
  /** The caller's `max_tokens`. */
  maxOutputTokens: number | null;
  choices: number;
  /** Regions that data may go to; null for any. An endpoint without a region is in none. */
  allowedRegions: readonly string[] | null;
  preferences: ProviderPreferences;
  profile: Profile;
}

/** OpenRouter's `provider` object. Names are of providers, of endpoints, or of a provider in a region: `vertex/asia-south1`. */
export interface ProviderPreferences {
  /** Providers to try first, in this order. */
  order: readonly string[];
  only: readonly string[] | null;
  ignore: readonly string[];
  /** If not, only those of `order` are tried, or without an order only the best. */
  allowFallbacks: boolean;
  /** What alone decides, instead of the score. */
  sort: 'price' | 'latency' | 'throughput' | null;
  /** Whether providers may keep or train on what they are sent. */
  allowDataCollection: boolean;
  /** The most for one token, 10⁻¹² USD. */
  maxInputPrice: PicoUsd | null;
  maxOutputPrice: PicoUsd | null;
}

/** Why an endpoint may not serve a request. */
export type Exclusion =
  | 'capability'
  | 'context_length'
  | 'max_tokens'
  | 'region'
  | 'provider'
  | 'data_collection'
  | 'max_price';

export interface Selection {
  /** In the catalogue's order. */
  candidates: Candidate[];
  excluded: { endpoint: Endpoint; reason: Exclusion }[];
}

/** An estimate may be this much too high before an input is taken to be too long. */
const ESTIMATE_MARGIN = 1.25;

/**
 * Filters the endpoints of one model by what the request needs and its caller allows. Those are left out that write less than
 * `limit`, by default as much as the best of them can.
 */
export function selectEndpoints(
  endpoints: readonly Endpoint[],
  needs: Needs,
  limit = outputWithin(endpoints, needs),
): Selection {
  const selection: Selection = { candidates: [], excluded: [] };
  for (const endpoint of endpoints) {
    const reason = exclusion(endpoint, needs) ?? (endpoint.maxOutputTokens < limit ? 'max_tokens' : null);
    if (reason !== null) selection.excluded.push({ endpoint, reason });
    else selection.candidates.push(toCandidate(endpoint, needs));
  }
  return selection;
}

/**
 * As much of the output that was asked for as any endpoint that may serve the request can write: clients send one limit to all
 * models, and one that none of them reaches becomes what the best of them can.
 */
export function outputWithin(endpoints: readonly Endpoint[], needs: Needs): number {
  const wanted = needs.maxOutputTokens ?? 0;
  let most = 0;
  for (const endpoint of endpoints) {
    if (endpoint.maxOutputTokens >= wanted && exclusion(endpoint, needs) === null) return wanted;
    if (endpoint.maxOutputTokens > most && exclusion(endpoint, needs) === null) most = endpoint.maxOutputTokens;
  }
  return most;
}

/** The place of an endpoint in a list of names; -1 where it is not in it. */
export function placeIn(names: readonly string[], { id, provider, region }: Endpoint): number {
  if (names.length === 0) return -1;
  const [plainId = id] = id.split('#');
  const own = [provider, plainId, `${provider}/${region}`, `${provider}@${region}`].map((name) => name.toLowerCase());
  return names.findIndex((name) => own.includes(name.toLowerCase()));
}

function exclusion(endpoint: Endpoint, needs: Needs): Exclusion | null {
  const { order, only, ignore, allowFallbacks, allowDataCollection, maxInputPrice, maxOutputPrice } = needs.preferences;
  if (only !== null && placeIn(only, endpoint) === -1) return 'provider';
  if (placeIn(ignore, endpoint) !== -1) return 'provider';
  if (!allowFallbacks && order.length > 0 && placeIn(order, endpoint) === -1) return 'provider';
  if (needs.allowedRegions !== null && !needs.allowedRegions.includes(endpoint.region ?? '')) return 'region';
  if (!allowDataCollection && endpoint.collectsData) return 'data_collection';
  for (const capability of needs.capabilities) if (!endpoint.capabilities.has(capability)) return 'capability';
  const { estimatedTokens, apart } = needs.input;
  if ((apart?.longest ?? estimatedTokens) > endpoint.contextLength * ESTIMATE_MARGIN) return 'context_length';
  if (maxInputPrice !== null && endpoint.price.input > maxInputPrice) return 'max_price';
  if (maxOutputPrice !== null && endpoint.price.output > maxOutputPrice) return 'max_price';
  return null;
}

/** Formats whose providers write to a cache where they are asked to, and only there. */
export const CACHE_WHEN_ASKED: ReadonlySet<Endpoint['format']> = new Set(['messages', 'converse']);

function toCandidate(endpoint: Endpoint, needs: Needs): Candidate {
  const inputTokens = heldInputTokens(needs.input, endpoint);
  return {
    endpoint,
    inputTokens,
    silent: !needs.input.opaque,
    uncached: needs.input.cacheMarked === false && CACHE_WHEN_ASKED.has(endpoint.format),
    outputTokens: Math.min(outputLimit(needs.maxOutputTokens, endpoint), roomFor(inputTokens, endpoint)),
    choices: needs.choices,
  };
}

/**
 * What the context has left for an answer: many servers refuse a limit that does not fit beside the input. At least half of the
 * context: what is held of a long input is far above the truth, and few models write as much as that.
 */
function roomFor(inputTokens: number, { contextLength }: Endpoint): number {
  return Math.max(contextLength - inputTokens, Math.ceil(contextLength / 2));
}
