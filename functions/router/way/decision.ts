import type { Model } from '../../catalogue/catalogue.ts';
import { type EffortLevel, nearestEffort } from '../../core/endpoints/effort.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { Standing } from '../../core/health/breaker-entry.ts';
import { formatDecimal } from '../../core/money/money.ts';
import type { PicoUsd } from '../../core/money/price.ts';
import type { Stay } from '../../core/routing/affinity.ts';
import type { Ranked } from '../../core/routing/ranked.ts';
import type { Ranking } from '../../core/routing/ranking.ts';
import type { Needs, Selection } from '../../core/routing/selection.ts';
import { profileWeights, type Weights } from '../../core/routing/weights.ts';
import type { AutoChoice } from './auto/choose-auto.ts';
import { type AutoDecision, describeAuto } from './auto/describe-auto.ts';

const PICO_DECIMALS = 12;

/** What is decided on, and what of it endpoints may take otherwise. */
interface DecidedNeeds extends Needs {
  model: string;
  effort: EffortLevel | null;
}

/** How the endpoints of one model were chosen from. */
export interface ModelChoice {
  model: Model;
  selection: Selection;
  ranking: Ranking;
}

/** A routing decision as a client reads it (`X-Mesh-Explain: 1`): figures of endpoints, nothing of the request's content. */
export interface Decision {
  /** The model as the caller named it: an alias, a dated name, `auto`. */
  requested_model: string;
  weight_profile: string;
  weights: Weights;
  /** What alone decided, where the caller said so. */
  sort: string | null;
  /** The endpoint that was put first only to learn its figures. */
  explored: string | null;
  /** The endpoint that the request's session was at, and whether it is kept; null where there is none, or the caller sorts. */
  session: { endpoint: string; stay: Stay; cached_tokens: number } | null;
  candidates: DecisionCandidate[];
  /** How the models were chosen, where that was left to the router. */
  auto: AutoDecision | null;
}

/** A decision that was made, as far as it is asked for. */
export interface Decided {
  /** In full, as a client reads it. */
  explain(): Decision;
  /** In few words, as its charge keeps it: JSON of a `BriefDecision`. */
  brief(): string;
}

export interface DecisionCandidate {
  model: string;
  endpoint: string;
  provider: string;
  region: string | null;
  /** Place in the order of trying, from 1; null where it is left out. */
  rank: number | null;
  /** The lower, the better. */
  score: number | null;
  /** Of this request, a decimal string. */
  expected_cost_usd: string | null;
  /** To the last token. */
  expected_latency_ms: number | null;
  first_token_ms: number | null;
  tokens_per_second: number | null;
  error_rate: number | null;
  /** Decayed number of measurements; 0 where the times are the catalogue's. */
  samples: number | null;
  breaker: string | null;
  /** Why it is left out. */
  excluded: string | null;
  /** The effort of reasoning that the request names, and the one that this endpoint is asked for; null where there is none. */
  effort: { wanted: EffortLevel; sent: EffortLevel | null } | null;
}

export function describeDecision(
  needs: DecidedNeeds,
  choices: readonly ModelChoice[],
  auto: AutoChoice | null,
): Decision {
  const ordered = choices.flatMap(({ ranking }) => ranking.order);
  const place = new Map(ordered.map((ranked, at) => [ranked, at + 1]));
  return {
    requested_model: needs.model,
    weight_profile: needs.profile,
    weights: profileWeights[needs.profile],
    sort: needs.preferences.sort,
    explored: choices.map(({ ranking }) => ranking.explored).find((id) => id !== null) ?? null,
    session: describeSession(choices.map(({ ranking }) => ranking.session).find((each) => each != null) ?? null),
    candidates: choices.flatMap(({ ranking, selection }) => [
      ...ranking.order.map((ranked) => describe(ranked, needs, place.get(ranked) ?? null, null)),
      ...ranking.heldBack.map((ranked) => describe(ranked, needs, null, heldBackBy(ranked.standing))),
      ...selection.excluded.map(({ endpoint, reason }) => ({ ...nameOf(endpoint), ...nothingKnown, excluded: reason })),
    ]),
    auto: auto === null ? null : describeAuto(auto, needs.profile),
  };
}

function describeSession(session: Ranking['session']): Decision['session'] {
  if (session === null) return null;
  return { endpoint: session.endpointId, stay: session.stay, cached_tokens: session.cachedTokens };
}

function describe(
  ranked: Ranked,
  needs: DecidedNeeds,
  rank: number | null,
  excluded: string | null,
): DecisionCandidate {
  const { candidate, cost, latencyMs, figures, standing, score } = ranked;
  return {
    ...nameOf(candidate.endpoint),
    rank,
    score: roundedScore(score),
    expected_cost_usd: decimalUsd(cost),
    expected_latency_ms: Math.round(latencyMs),
    first_token_ms: Math.round(figures.firstTokenMs),
    tokens_per_second: rounded(figures.tokensPerSecond, 1),
    error_rate: rounded(figures.errorRate, 4),
    samples: rounded(figures.samples, 2),
    breaker: standing.state,
    excluded,
    effort: effortAt(candidate.endpoint, needs.effort),
  };
}

/** By name, wherever the endpoint is asked by name. */
function effortAt({ capabilities, reasoning }: Endpoint, wanted: EffortLevel | null): DecisionCandidate['effort'] {
  if (wanted === null || !capabilities.has('reasoning') || reasoning.send === 'budget') return null;
  if (wanted === 'none' && reasoning.thinkingOff !== null) return { wanted, sent: wanted };
  return { wanted, sent: nearestEffort(wanted, reasoning.effortLevels) };
}

const nothingKnown = {
  rank: null,
  score: null,
  expected_cost_usd: null,
  expected_latency_ms: null,
  first_token_ms: null,
  tokens_per_second: null,
  error_rate: null,
  samples: null,
  breaker: null,
  effort: null,
};

export function roundedScore(score: number | null): number | null {
  return score === null ? null : rounded(score, 4);
}

export function decimalUsd(cost: PicoUsd): string {
  return formatDecimal(cost, PICO_DECIMALS);
}

/** Why an endpoint is left out that its breaker keeps back. */
export function heldBackBy({ state }: Standing): string {
  return `breaker_${state}`;
}

function nameOf({ modelId, id, provider, region }: Endpoint) {
  return { model: modelId, endpoint: id, provider, region };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
