import type { Endpoint } from '../endpoints/endpoint.ts';
import { roundTripMs } from '../endpoints/regions.ts';
import { expectedMs, ORDINARY_TOKENS } from '../health/figures.ts';
import { costOf, type PicoUsd } from '../money/price.ts';
import { noUsage } from '../money/usage.ts';
import { type Bound, isAt, type Stay, stayAt } from './affinity.ts';
import { doubt, pickExplored } from './explore.ts';
import type { Candidate } from './quote.ts';
import type { Ranked, View } from './ranked.ts';
import { type Needs, placeIn } from './selection.ts';
import { profileWeights, type Weights } from './weights.ts';

/** Scores this close are as good as equal: the difference is noise. */
export const NEAR_TIE = 0.05;
/** Nobody waits for less, and nobody pays for less: 200 ms, and a millionth of a dollar. */
export const LATENCY_GRAIN_MS = 200;
export const COST_GRAIN: PicoUsd = 1_000_000n;

export interface Ranking {
  /** Those that may be tried, in order. */
  order: Ranked[];
  /** Those that their breakers keep back. */
  heldBack: Ranked[];
  /** The endpoint that is tried first only to learn its figures. */
  explored: string | null;
  /** The endpoint that the request's session was bound to, and what became of it; null where there is none that counts. */
  session: (Bound & { stay: Stay }) | null;
}

/**
 * Orders candidates by the score, lowest first:
 *
 *     score = w_cost · cost/cost_min + w_latency · latency/latency_min + w_errors · error rate
 *
 * or by what `provider.sort` names, in either case after the caller's own `order`. Near-ties between providers are split by
 * chance, the better ones more often, so that instances don't herd; between regions of one provider the nearest wins.
 *
 * `session`: where the request's session is at home. What that endpoint has cached makes its cost lower, and with it its score;
 * where it is then as good as the best, it goes first.
 */
export function rankCandidates(
  candidates: readonly Candidate[],
  needs: Needs,
  view: View,
  session: Bound | null = null,
): Ranking {
  const { sort } = needs.preferences;
  // What the caller sorts by alone decides.
  const bound = sort === null ? session : null;
  const measured = calibrated(candidates.map((candidate) => measure(candidate, needs, view, bound)));
  const heldBack = measured.filter(({ standing }) => standing.admits === 'none');
  const order = score(
    measured.filter(({ standing }) => standing.admits !== 'none'),
    profileWeights[needs.profile],
    view.now(),
  );
  const place = ({ candidate }: Ranked) => {
    const found = placeIn(needs.preferences.order, candidate.endpoint);
    const wanted = found === -1 ? needs.preferences.order.length : found;
    // What an owner pays for itself goes first, whatever else may stand in.
    return candidate.endpoint.ownKey === undefined ? wanted + needs.preferences.order.length + 1 : wanted;
  };
  const value = sort === null ? snapped(order) : (ranked: Ranked) => sortValue(ranked, sort);
  const distance = ({ candidate }: Ranked) => roundTripMs(view.region, candidate.endpoint.region);
  order.sort((a, b) => place(a) - place(b) || value(a) - value(b) || distance(a) - distance(b));

  let explored: string | null = null;
  let stay: Stay = 'excluded';
  if (sort === null) {
    const [best] = order;
    const equals = best === undefined ? [] : order.filter((ranked) => place(ranked) === place(best));
    if (bound !== null) stay = stayAt(bound, order, equals, heldBack);
    const home = bound !== null && stay === 'kept' ? order.find(isAt(bound.endpointId)) : undefined;
    if (home !== undefined) moveToFront(order, home);
    else splitNearTie(order, equals, value, view.random(), ({ candidate }) => candidates.indexOf(candidate));
    const found = needs.preferences.order.length === 0 ? pickExplored(equals, view) : null;
    if (found !== null) moveToFront(order, found);
    explored = found?.candidate.endpoint.id ?? null;
    if (explored !== null && stay === 'kept') stay = 'explored';
  }
  if (!needs.preferences.allowFallbacks && needs.preferences.order.length === 0) order.splice(1);
  return { order, heldBack, explored, session: bound === null ? null : { ...bound, stay } };
}

function measure(candidate: Candidate, needs: Needs, view: View, bound: Bound | null): Ranked {
  const { endpoint, choices } = candidate;
  const output = Math.min(candidate.outputTokens, ORDINARY_TOKENS);
  const figures = view.figures(endpoint);
  const standing = view.standing(endpoint);
  const input = needs.input.estimatedTokens;
  const isHome = bound?.endpointId === endpoint.id && standing.admits === 'all' && candidate.uncached !== true;
  const cacheRead = isHome ? bound.cachedTokens : 0;
  return {
    candidate,
    cost: costOf({ ...noUsage, input, cacheRead, output: output * choices }, endpoint.price),
    latencyMs: expectedMs(figures, output),
    figures,
    standing,
    score: null,
    hope: null,
  };
}

/**
 * What is expected is the same for a slow model and a fast one. So an endpoint that nobody has measured is taken to be as much
 * faster or slower than expected as the best of those that were: it would never be tried beside one that is.
 */
function calibrated(some: readonly Ranked[]): Ranked[] {
  const known = some.filter(({ figures }) => figures.samples > 0).map(({ figures }) => figures.ratio);
  if (known.length === 0) return [...some];
  const best = Math.min(...known);
  return some.map((ranked) =>
    ranked.figures.samples > 0 ? ranked : { ...ranked, latencyMs: ranked.latencyMs * best },
  );
}

function score(some: readonly Ranked[], weights: Weights, now: number): Ranked[] {
  const costOf = ({ cost }: Ranked) => Number(cost > COST_GRAIN ? cost : COST_GRAIN);
  const latencyOf = ({ latencyMs }: Ranked) => Math.max(latencyMs, LATENCY_GRAIN_MS);
  const leastCost = Math.min(...some.map(costOf));
  const leastLatency = Math.min(...some.map(latencyOf));
  /** `left`: how much of what is worse than it could be still counts. */
  const scoreOf = (ranked: Ranked, left: number) =>
    weights.cost * (costOf(ranked) / leastCost) +
    weights.latency * Math.max(1, (latencyOf(ranked) / leastLatency) * left) +
    weights.errors * ranked.figures.errorRate * left;
  return some.map((ranked) => ({
    ...ranked,
    score: scoreOf(ranked, 1),
    hope: scoreOf(ranked, doubt(ranked.figures.sampledAt, now)),
  }));
}

/** The score, where regions of one provider that are nearly as good as its best count as equal to it. */
function snapped(order: readonly Ranked[]): (ranked: Ranked) => number {
  const best = new Map<string, number>();
  for (const { candidate, score } of order) {
    const name = siblings(candidate.endpoint);
    best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, scoreOf(score)));
  }
  return ({ candidate, score }) => {
    const least = best.get(siblings(candidate.endpoint)) ?? scoreOf(score);
    return scoreOf(score) <= least * (1 + NEAR_TIE) ? least : scoreOf(score);
  };
}

/** What the same endpoint in all regions has in common. */
function siblings({ provider, upstreamModel }: Endpoint): string {
  return `${provider}/${upstreamModel}`;
}

function sortValue({ cost, figures }: Ranked, sort: 'price' | 'latency' | 'throughput'): number {
  if (sort === 'price') return Number(cost);
  return sort === 'latency' ? figures.firstTokenMs : -figures.tokensPerSecond;
}

/** Puts one of the providers that are nearly as good as the best first. */
function splitNearTie(
  order: Ranked[],
  equals: readonly Ranked[],
  value: (ranked: Ranked) => number,
  chance: number,
  inCatalogue: (ranked: Ranked) => number,
): void {
  const [best] = equals;
  if (best === undefined) return;
  const most = value(best) * (1 + NEAR_TIE);
  const nearest = new Map<string, Ranked>();
  for (const ranked of equals) {
    const name = siblings(ranked.candidate.endpoint);
    if (value(ranked) <= most && !nearest.has(name)) nearest.set(name, ranked);
  }
  // The best weighs twice what one at the edge does.
  const weighed = [...nearest.values()]
    .sort((a, b) => inCatalogue(a) - inCatalogue(b))
    .map((ranked) => ({ ranked, weight: 1 + (most - value(ranked)) / (most - value(best)) }));
  let left = chance * weighed.reduce((sum, { weight }) => sum + weight, 0);
  for (const { ranked, weight } of weighed) {
    left -= weight;
    if (left >= 0) continue;
    moveToFront(order, ranked);
    return;
  }
}

function moveToFront(order: Ranked[], ranked: Ranked): void {
  order.splice(order.indexOf(ranked), 1);
  order.unshift(ranked);
}

function scoreOf(score: number | null): number {
  return score ?? Number.POSITIVE_INFINITY;
}
