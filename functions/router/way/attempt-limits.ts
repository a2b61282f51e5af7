import type { UpstreamLimits } from '../../platform/upstream/upstream.ts';

/** How long one endpoint may take. Milliseconds. */
export interface AttemptLimits extends UpstreamLimits {
  /** Until the first token of a stream, whatever else comes before. */
  firstByte: number;
  /** Until all of a whole reply is there. */
  whole: number;
}

export const ATTEMPT_LIMITS: AttemptLimits = { connect: 5_000, firstByte: 120_000, idle: 60_000, whole: 600_000 };
