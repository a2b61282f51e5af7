import type { Call } from './call.ts';

/**
 * Whether a client already has what `etag` names, by `If-None-Match` (RFC 9110, 13.1.2). Weak and strong are the same here:
 * proxies that compress an answer make its ETag weak. `etag`: in quotes, without a comma.
 */
export function hasCurrent({ req }: Pick<Call, 'req'>, etag: string): boolean {
  const known = (req.headers['if-none-match'] ?? '').split(',').map((each) => each.trim().replace(/^W\//, ''));
  return known.includes(etag) || known.includes('*');
}
