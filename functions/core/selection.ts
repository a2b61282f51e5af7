import type { Capability, Endpoint } from './endpoint.ts';
import { costOf, type PicoUsd } from './price.ts';
import { boundInputTokens, type Candidate, type InputMeasure, outputLimit } from './quote.ts';
import { noUsage } from './usage.ts';

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
}

/** OpenRouter's `provider` object. */
export interface ProviderPreferences {
  /** Providers to try first, in this order. */
  order: readonly string[];
  only: readonly string[] | null;
  ignore: readonly string[];
  allowFallbacks: boolean;
  /** The most for one token, 10⁻¹² USD. */
  maxInputPrice: PicoUsd | null;
  maxOutputPrice: PicoUsd | null;
}

/** Why an endpoint may not serve a request. */
export type Exclusion = 'capability' | 'context_length' | 'max_tokens' | 'region' | 'provider' | 'max_price';

export interface Selection {
  /** In the order in which they are to be tried. */
  candidates: Candidate[];
  excluded: { endpoint: Endpoint; reason: Exclusion }[];
}

/** Output tokens that an answer is expected to have when endpoints are compared. */
const EXPECTED_OUTPUT_TOKENS = 512;
/** An estimate may be this much too high before an input is taken to be too long. */
const ESTIMATE_MARGIN = 1.25;

/** Filters the endpoints of one model by what the request needs and orders them: the caller's order, then price. */
export function selectEndpoints(endpoints: readonly Endpoint[], needs: Needs): Selection {
  const selection: Selection = { candidates: [], excluded: [] };
  for (const endpoint of endpoints) {
    const reason = exclusion(endpoint, needs);
    if (reason !== null) selection.excluded.push({ endpoint, reason });
    else selection.candidates.push(toCandidate(endpoint, needs));
  }
  const { order, allowFallbacks } = needs.preferences;
  const rank = ({ endpoint }: Candidate) => {
    const place = order.indexOf(endpoint.provider);
    return place === -1 ? order.length : place;
  };
  selection.candidates.sort((a, b) => rank(a) - rank(b) || Number(expectedCost(a, needs) - expectedCost(b, needs)));
  if (!allowFallbacks) selection.candidates.splice(1);
  return selection;
}

function exclusion(endpoint: Endpoint, needs: Needs): Exclusion | null {
  const { only, ignore, maxInputPrice, maxOutputPrice } = needs.preferences;
  if (only !== null && !only.includes(endpoint.provider)) return 'provider';
  if (ignore.includes(endpoint.provider)) return 'provider';
  if (needs.allowedRegions !== null && !needs.allowedRegions.includes(endpoint.region ?? '')) return 'region';
  for (const capability of needs.capabilities) if (!endpoint.capabilities.has(capability)) return 'capability';
  if (needs.input.estimatedTokens > endpoint.contextLength * ESTIMATE_MARGIN) return 'context_length';
  if ((needs.maxOutputTokens ?? 0) > endpoint.maxOutputTokens) return 'max_tokens';
  if (maxInputPrice !== null && endpoint.price.input > maxInputPrice) return 'max_price';
  if (maxOutputPrice !== null && endpoint.price.output > maxOutputPrice) return 'max_price';
  return null;
}

function toCandidate(endpoint: Endpoint, needs: Needs): Candidate {
  return {
    endpoint,
    inputTokens: boundInputTokens(needs.input, endpoint),
    outputTokens: outputLimit(needs.maxOutputTokens, endpoint),
    choices: needs.choices,
  };
}

function expectedCost({ endpoint, outputTokens, choices }: Candidate, { input }: Needs): PicoUsd {
  const output = Math.min(outputTokens, EXPECTED_OUTPUT_TOKENS) * choices;
  return costOf({ ...noUsage, input: input.estimatedTokens, output }, endpoint.price);
}
