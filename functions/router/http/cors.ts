import { type Call, commonHeaders } from './call.ts';

const MAX_AGE_SECONDS = '600';

/**
 * Lets browsers of the configured origins in, `*` for all of them. Answers a preflight itself and then returns true: with the
 * `methods` that there are. To any other origin nothing is said, which browsers take for a refusal.
 */
export function allowOrigin(call: Call, origins: readonly string[], methods: readonly string[]): boolean {
  const { req, res } = call;
  const { origin } = req.headers;
  if (origin === undefined || !(origins.includes(origin) || origins.includes('*'))) return false;
  res.setHeader('access-control-allow-origin', origin);
  res.setHeader('vary', 'Origin');
  res.setHeader('access-control-expose-headers', '*');
  const isPreflight = req.method === 'OPTIONS' && req.headers['access-control-request-method'] !== undefined;
  if (!isPreflight || methods.length === 0) return false;
  res.writeHead(204, {
    ...commonHeaders(call),
    'access-control-allow-methods': methods.join(', '),
    'access-control-allow-headers': req.headers['access-control-request-headers'] ?? '',
    'access-control-max-age': MAX_AGE_SECONDS,
  });
  res.end();
  return true;
}
