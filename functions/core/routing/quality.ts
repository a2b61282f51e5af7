/**
 * How able a model is, from 0 to 100. The figures compare models with each other and promise nothing about a task: 100 is
 * the most that any model could be given, the strongest of late 2026 stand between 90 and 98, a small model of 2024
 * near 30. 0 is for what answers without being a model: it is chosen only where nothing else fits.
 */
export interface Quality {
  general: number;
  /** What it can do in these fields; as much as in general where nothing is said. */
  code: number;
  reasoning: number;
  multilingual: number;
}

export const MAX_QUALITY = 100;

/** The fields that have a figure of their own. */
export const qualityFields = ['code', 'reasoning', 'multilingual'] as const;
export type QualityField = (typeof qualityFields)[number];

/** How much a request is about each field, from 0 to 1. */
export type FieldShares = Readonly<Record<QualityField, number>>;

/**
 * The quality that counts for one request: the mean of the general figure, which weighs 1, and of the fields' figures, which
 * weigh as much as the request is about them.
 */
export function qualityFor(shares: FieldShares, quality: Quality): number {
  let sum = quality.general;
  let weight = 1;
  for (const field of qualityFields) {
    sum += shares[field] * quality[field];
    weight += shares[field];
  }
  return sum / weight;
}
