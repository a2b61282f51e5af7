import { HALF_LIFE_MS } from '../health/figures.ts';
import type { Ranked, View } from './ranked.ts';

/** The share of requests that may go to an endpoint only to learn its figures, and how old those must be. */
export const EXPLORE_SHARE = 0.01;
export const EXPLORE_AGE_MS = 10_000;
/** The same for a probe that is due. There is one at a time, and seldom, so it may be found sooner. */
export const PROBE_SHARE = 0.1;
/** How much worse than the best an endpoint may be at best: even one that is not chosen is what others are measured by. */
export const EXPLORE_WITHIN = 2;

/** How much of what was bad about an endpoint may still be so: all of it now, half after each half-life; nothing where nobody knows. */
export function doubt(sampledAt: number | null, now: number): number {
  return sampledAt === null ? 0 : 2 ** (-Math.max(0, now - sampledAt) / HALF_LIFE_MS);
}

/**
 * Now and then an endpoint that may have got better since it was last asked, or whose breaker waits for a probe that nobody
 * would make, since it was slow when it was last asked; null for almost all requests. One that seems much worse is asked as
 * much more seldom, so that exploring costs no more than its share of the score.
 */
export function pickExplored(order: readonly Ranked[], { now, random }: Pick<View, 'now' | 'random'>): Ranked | null {
  const [best] = order;
  const chance = random();
  if (best?.score == null || chance < 1 - PROBE_SHARE) return null;
  const least = best.score;
  const isLucky = chance >= 1 - EXPLORE_SHARE;
  const old = order.filter(
    ({ figures: { sampledAt }, standing, hope }) =>
      (standing.admits === 'probe' || (isLucky && (sampledAt === null || sampledAt < now() - EXPLORE_AGE_MS))) &&
      hope !== null &&
      hope <= least * EXPLORE_WITHIN,
  );
  const found = old[Math.floor(random() * old.length)];
  if (found === undefined || found === best) return null;
  const loss = (found.score ?? least) / least - 1;
  return loss > 1 && random() >= 1 / loss ? null : found;
}
