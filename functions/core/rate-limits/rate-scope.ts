/** Requests a minute, requests a day (UTC), tokens a minute; null for no limit. */
export interface RateLimits {
  rpm: number | null;
  rpd: number | null;
  tpm: number | null;
}

export interface RateScope {
  /** `key|key_01J…` or `owner|own_…`. */
  id: string;
  limits: RateLimits;
}

export interface RateFigure {
  limit: number;
  remaining: number;
  /** Until nothing counts against it any more. */
  resetSeconds: number;
}

/** Of the scope that has the least left; null where there is no limit. */
export interface RateFigures {
  requests: RateFigure | null;
  tokens: RateFigure | null;
  day: RateFigure | null;
}

/** Of what has no limit. */
export const noFigures: RateFigures = { requests: null, tokens: null, day: null };
