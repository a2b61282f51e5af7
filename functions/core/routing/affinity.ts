import type { Ranked } from './ranked.ts';

/**
 * How much worse the score of a session's endpoint may be than the best one, what its cache is expected to save counted in. As much
 * as scores differ by chance: within it, nothing is gained by going elsewhere.
 */
export const SESSION_MARGIN = 0.05;

/** The endpoint that served a session last. */
export interface Bound {
  endpointId: string;
  /** Tokens of this input that its cache is expected to have. */
  cachedTokens: number;
}

/**
 * What became of it. `kept`: it goes first. `explored`: it would, but another is asked this once to learn its figures. `breaker`:
 * its breaker does not let everything pass. `score`: another is better by more than `SESSION_MARGIN`. `order`: the caller names
 * others before it. `excluded`: it may not serve this request.
 */
export type Stay = 'kept' | 'explored' | 'breaker' | 'score' | 'order' | 'excluded';

/** `equals`: those of `order` that the caller's own order puts first. */
export function stayAt(
  { endpointId }: Bound,
  order: readonly Ranked[],
  equals: readonly Ranked[],
  heldBack: readonly Ranked[],
): Exclude<Stay, 'explored'> {
  const own = order.find(isAt(endpointId));
  if (own === undefined) return heldBack.some(isAt(endpointId)) ? 'breaker' : 'excluded';
  if (own.standing.admits !== 'all') return 'breaker';
  if (!equals.includes(own)) return 'order';
  const least = Math.min(...equals.map(scoreOf));
  return scoreOf(own) <= least * (1 + SESSION_MARGIN) ? 'kept' : 'score';
}

/** Whether something ranked is an endpoint. */
export function isAt(endpointId: string): (ranked: Ranked) => boolean {
  return ({ candidate }) => candidate.endpoint.id === endpointId;
}

function scoreOf({ score }: Ranked): number {
  return score ?? Number.POSITIVE_INFINITY;
}
