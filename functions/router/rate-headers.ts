import type { RateFigure, RateFigures } from '../core/rate-limits.ts';

/** `X-RateLimit-*`: limit, remaining and whole seconds until nothing counts any more; nothing for what has no limit. */
export function rateHeaders(figures: RateFigures | null): Record<string, string> {
  if (figures === null) return {};
  return { ...headers('requests', figures.requests), ...headers('tokens', figures.tokens) };
}

function headers(of: 'requests' | 'tokens', figure: RateFigure | null): Record<string, string> {
  if (figure === null) return {};
  return {
    [`x-ratelimit-limit-${of}`]: String(figure.limit),
    [`x-ratelimit-remaining-${of}`]: String(figure.remaining),
    [`x-ratelimit-reset-${of}`]: String(figure.resetSeconds),
  };
}
