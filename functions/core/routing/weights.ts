/** What counts how much in the score. */
export interface Weights {
  cost: number;
  latency: number;
  errors: number;
}

/** By `weight_profile`. All endpoints of a model are taken to be equally good, so quality is to be served at all. */
export const profileWeights = {
  balanced: { cost: 1, latency: 1, errors: 4 },
  cost_first: { cost: 4, latency: 0.5, errors: 4 },
  latency_first: { cost: 0.5, latency: 4, errors: 4 },
  quality_first: { cost: 0.5, latency: 0.5, errors: 8 },
} as const satisfies Record<string, Weights>;
export type Profile = keyof typeof profileWeights;
