import { type Call, commonHeaders } from './call.ts';

const METHODS = 'GET, POST, PATCH, DELETE, OPTIONS';
const MAX_AGE_SECONDS = '600';

/**
 * Lets browsers of the configured origins in, `*` for all of them. Answers a preflight itself and then returns true. To
 * any other origin nothing is said, which browsers take for a refusal.
 */
export function allowOrigin(call: Call, origins: readonly string[]): boolean {
  const { req, res } = call;
  const { origin } = req.headers;
  if (origin === undefined || !(origins.includes(origin) || origins.includes('*'))) return false;
  res.setHeader('access-control-allow-origin', origin);
  res.setHeader('vary', 'Origin');
  res.setHeader('access-control-expose-headers', '*');
  if (req.method !== 'OPTIONS' || req.headers['access-control-request-method'] === undefined) return false;
  res.writeHead(204, {
    ...commonHeaders(call),
    'access-control-allow-methods': METHODS,
    'access-control-allow-headers': req.headers['access-control-request-headers'] ?? '',
    'access-control-max-age': MAX_AGE_SECONDS,
  });
  res.end();
  return true;
}
