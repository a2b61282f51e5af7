import type { IncomingMessage } from 'node:http';

/**
 * Where a call comes from, never logged. `proxies` of our own stand before the router, each of which adds to `X-Forwarded-For`
 * whom it saw; what stands before theirs is the caller's own word. With none it is who holds the connection. Google's load
 * balancer adds two addresses, its client's and its own: https://cloud.google.com/load-balancing/docs/https#x-forwarded-for_header
 */
export function clientAddress(
  { headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>,
  proxies: number,
): string {
  const holder = socket.remoteAddress ?? '';
  if (proxies === 0) return holder;
  const seen = String(headers['x-forwarded-for'] ?? '').split(',');
  return seen.at(-proxies)?.trim() || holder;
}
