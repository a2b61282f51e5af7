import type { Readable } from 'node:stream';
import { MeshError } from '../../core/errors.ts';
import { memoized } from '../../core/memoized.ts';
import { connectionFailure } from './connection-failure.ts';
import { createConnectionPool, MAX_CONNECTIONS_PER_ORIGIN } from './connection-pool.ts';
import { HttpExchange } from './http-exchange.ts';
import { isPrivateLiteral, PrivateAddress } from './outside-address.ts';
import type { RequestBody, Upstream, UpstreamRequest } from './upstream.ts';

/** How long running exchanges may go on after `close`. */
export const CLOSE_GRACE_MS = 1_000;

export interface HttpUpstreamOptions {
  maxConnectionsPerOrigin?: number;
  /** For addresses that somebody outside named: private ones are refused, with each connection. Default: no. */
  publicOnly?: boolean;
}

export interface HttpUpstream extends Upstream {
  /** Connections that exist now, those still connecting included. */
  openSockets(): number;
}

/** HTTP/1.1 over pooled connections, one exchange on a connection at a time. */
export function createHttpUpstream(options: HttpUpstreamOptions = {}): HttpUpstream {
  const { maxConnectionsPerOrigin = MAX_CONNECTIONS_PER_ORIGIN, publicOnly = false } = options;
  const pool = createConnectionPool({ maxConnectionsPerOrigin, publicOnly });
  const running = new Set<HttpExchange>();
  let closing: PromiseWithResolvers<void> | null = null;

  return {
    async send(request, limits, signal) {
      signal.throwIfAborted();
      if (closing !== null) throw closedError();
      const { origin, path } = toTarget(request.url);
      if (publicOnly && isPrivateLiteral(origin)) throw connectionFailure(new PrivateAddress());
      const connection = pool.take(origin);
      const exchange = new HttpExchange(limits, signal, (reusable) => {
        running.delete(exchange);
        if (reusable) pool.release(connection);
        else pool.discard(connection);
        if (running.size === 0) closing?.resolve();
      });
      running.add(exchange);
      const headers = toHeaders(request);
      return exchange.start(() => {
        connection.client.dispatch({ path, method: request.method, headers, body: toBody(request.body) }, exchange);
      });
    },

    async close() {
      closing ??= endRunning();
      await closing.promise;
      await pool.close();
    },

    openSockets: () => pool.openSockets(),
  };

  function endRunning(): PromiseWithResolvers<void> {
    const allEnded = Promise.withResolvers<void>();
    if (running.size === 0) allEnded.resolve();
    const timer = setTimeout(() => {
      for (const exchange of running) exchange.stop(closedError());
    }, CLOSE_GRACE_MS);
    void allEnded.promise.then(() => clearTimeout(timer));
    return allEnded;
  }
}

function closedError(): MeshError {
  return new MeshError('upstream_error', { providerCode: 'closed' });
}

/** Endpoints have few URLs, and each is asked for again and again. */
const MAX_TARGETS = 10_000;

/** Where a URL points. One that cannot be parsed is not repeated in the error: it may hold a key. */
const toTarget = memoized((text) => {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new MeshError('upstream_error', { providerCode: 'invalid_url' });
  }
  return { origin: url.origin, path: url.pathname + url.search };
}, MAX_TARGETS);

/**
 * Names and values in turn, as undici takes them fastest. Replies are asked for unpacked: unpacking would cost more than
 * the bytes, and a packed stream comes late. Some providers' firewalls turn away requests without a user agent.
 */
function toHeaders({ headers, body }: UpstreamRequest): string[] {
  const list = ['accept-encoding', 'identity'];
  if (typeof body !== 'string') list.push('content-length', String(lengthOf(body)));
  let userAgent = false;
  for (const name of Object.keys(headers)) {
    const lowerName = name.toLowerCase();
    if (lowerName === 'accept-encoding') continue;
    if (lowerName === 'user-agent') userAgent = true;
    list.push(lowerName, headers[name] ?? '');
  }
  if (!userAgent) list.push('user-agent', 'mesh-router');
  return list;
}

/** undici writes a piece after the other as the provider takes them; a list of bytes it knows, though its type does not say so. */
function toBody(body: RequestBody): string | Readable | null {
  return typeof body === 'string' ? body || null : (body as unknown as Readable);
}

function lengthOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((bytes, piece) => bytes + piece.length, 0);
}
