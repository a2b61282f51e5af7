import { MeshError } from '../../core/errors.ts';
import type { RateFigure, RateFigures } from '../../core/rate-limits/rate-scope.ts';

/** What a refusal says of the limit that it is for; null for any other error. */
export function figuresOfRefusal(error: unknown): RateFigures | null {
  if (!(error instanceof MeshError) || error.code !== 'rate_limit_exceeded') return null;
  const { reason, limit, remaining = 0, reset = 0 } = error.details as Record<string, number | string>;
  const figure = { limit: Number(limit), remaining: Number(remaining), resetSeconds: Number(reset) };
  return {
    requests: reason === 'rpm' ? figure : null,
    tokens: reason === 'tpm' ? figure : null,
    day: reason === 'rpd' ? figure : null,
  };
}

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
