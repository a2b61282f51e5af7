/** What was seen of an endpoint's cache before weighs as much as so many sessions at most, so that the mean follows what it does lately. */
const MOST_WEIGHT = 5;
/** Endpoints that are remembered; the catalogue names fewer. */
const MAX_ENDPOINTS = 10_000;

/** How much of what endpoints might have cached they had, as this process has seen them: 0 to 1. */
export interface CacheShares {
  /** Of a session that has just come there; 1 where nothing was seen yet. */
  expected(endpointId: string): number;
  note(endpointId: string, share: number): void;
}

export function createCacheShares(): CacheShares {
  const means = new Map<string, { share: number; weight: number }>();
  return {
    expected: (endpointId) => means.get(endpointId)?.share ?? 1,
    note(endpointId, share) {
      const known = means.get(endpointId);
      if (known === undefined && means.size >= MAX_ENDPOINTS) return;
      // What providers promise weighs as much as one session.
      const mean = known ?? { share: 1, weight: 1 };
      const weight = Math.min(mean.weight + 1, MOST_WEIGHT);
      means.set(endpointId, { share: mean.share + (share - mean.share) / weight, weight });
    },
  };
}
