import type { Endpoint } from '../endpoints/endpoint.ts';
import type { Standing } from '../health/breaker-entry.ts';
import type { Figures } from '../health/figures.ts';
import type { PicoUsd } from '../money/price.ts';
import type { Candidate } from './quote.ts';

/** What is known of endpoints at the moment of choosing. */
export interface View {
  /** Where this instance runs. */
  region: string;
  /** Unix milliseconds, store's clock. */
  now(): number;
  /** From 0 to below 1. */
  random(): number;
  figures(endpoint: Endpoint): Figures;
  standing(endpoint: Endpoint): Standing;
}

/** A candidate with the figures it was ranked by. */
export interface Ranked {
  candidate: Candidate;
  /** Of this request. */
  cost: PicoUsd;
  /** Expected time to the last token. */
  latencyMs: number;
  figures: Figures;
  standing: Standing;
  /** The lower, the better; null where the breaker keeps it back. */
  score: number | null;
  /** The same if it has got better since it was last asked, as much as it may have by now. */
  hope: number | null;
}
