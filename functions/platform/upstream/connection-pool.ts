import { Socket } from 'node:net';
import { buildConnector, Client } from 'undici';
import { MeshError } from '../../core/errors.ts';
import { publicLookup } from './outside-address.ts';

/** How long an unused connection is kept. Providers and their load balancers close theirs after 60 s or later. */
export const KEEP_ALIVE_MS = 30_000;
/** The longest that a provider's own `Keep-Alive` hint is believed. */
const MAX_KEEP_ALIVE_MS = 60_000;
/** The most bytes that a reply's headers may have. */
export const MAX_REPLY_HEADER_BYTES = 32 * 1024;
/** The most connections to one origin, each of which carries one exchange at a time. */
export const MAX_CONNECTIONS_PER_ORIGIN = 8_192;

/** A place for one exchange at a time. It connects with its first request, and again when the provider has closed it. */
export interface Connection {
  readonly origin: string;
  readonly client: Client;
  /** The last socket, from the moment it starts connecting. */
  socket: Socket | null;
}

/**
 * Keeps connections between exchanges. undici's own `Pool` looks through all its clients for every request, which
 * thousands of streams would feel, and cannot stop an attempt to connect; this one takes the connection used last.
 */
export interface ConnectionPool {
  /** Throws `upstream_error` when the origin has all the connections it may have. */
  take(origin: string): Connection;
  /** Gives a connection back for the next exchange. */
  release(connection: Connection): void;
  /** Closes a connection now, also one that is still connecting, and whatever runs on it. */
  discard(connection: Connection): void;
  /** Closes the unused connections, and every other when it is released; resolves when no socket is left. */
  close(): Promise<void>;
  openSockets(): number;
}

interface Origin {
  unused: Connection[];
  /** Used and unused. */
  connections: number;
}

export interface PoolOptions {
  maxConnectionsPerOrigin: number;
  /** Whether connections are made to public addresses alone. */
  publicOnly: boolean;
}

export function createConnectionPool({ maxConnectionsPerOrigin, publicOnly }: PoolOptions): ConnectionPool {
  // One connector for all, because it keeps the TLS sessions. No timeout: each exchange has its own limit.
  const connectSocket = buildConnector({ allowH2: false, timeout: 0, ...(publicOnly ? { lookup: publicLookup } : {}) });
  const origins = new Map<string, Origin>();
  const noSocketLeft = Promise.withResolvers<void>();
  let sockets = 0;
  let closed = false;

  function originOf(name: string): Origin {
    const known = origins.get(name);
    if (known !== undefined) return known;
    const origin: Origin = { unused: [], connections: 0 };
    origins.set(name, origin);
    return origin;
  }

  function open(name: string): Connection {
    const client = new Client(name, {
      allowH2: false,
      pipelining: 1,
      maxHeaderSize: MAX_REPLY_HEADER_BYTES,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: MAX_KEEP_ALIVE_MS,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect(options, callback) {
        // The connector returns its socket, though its type does not say so.
        const socket: unknown = connectSocket(options, callback);
        if (socket instanceof Socket) track(socket, connection);
      },
    });
    const connection: Connection = { origin: name, client, socket: null };
    client.on('disconnect', () => {
      if (origins.get(name)?.unused.includes(connection)) discard(connection);
    });
    return connection;
  }

  function track(socket: Socket, connection: Connection): void {
    connection.socket = socket;
    sockets += 1;
    socket.once('close', () => {
      sockets -= 1;
      if (closed && sockets === 0) noSocketLeft.resolve();
    });
  }

  function take(name: string): Connection {
    const origin = originOf(name);
    const unused = origin.unused.pop();
    if (unused !== undefined) return unused;
    if (origin.connections >= maxConnectionsPerOrigin) {
      throw new MeshError('upstream_error', { providerCode: 'too_many_connections' });
    }
    origin.connections += 1;
    return open(name);
  }

  function release(connection: Connection): void {
    if (closed) discard(connection);
    else originOf(connection.origin).unused.push(connection);
  }

  function discard(connection: Connection): void {
    if (connection.client.destroyed) return;
    const origin = originOf(connection.origin);
    const place = origin.unused.indexOf(connection);
    if (place !== -1) origin.unused.splice(place, 1);
    origin.connections -= 1;
    if (origin.connections === 0) origins.delete(connection.origin);
    void connection.client.destroy();
    // A client that is still connecting leaves its socket alone, so that has to be ended here.
    connection.socket?.destroy();
  }

  function close(): Promise<void> {
    closed = true;
    for (const origin of [...origins.values()]) {
      for (const connection of [...origin.unused]) discard(connection);
    }
    if (sockets === 0) noSocketLeft.resolve();
    return noSocketLeft.promise;
  }

  return { take, release, discard, close, openSockets: () => sockets };
}
