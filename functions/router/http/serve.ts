import { createServer as createHttp1, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttp2, type ServerHttp2Session } from 'node:http2';
import { createServer as createTcp, type Socket } from 'node:net';
import { type Http2Limits, limitBody, limitSession, MAX_STREAMS } from './http2-limits.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { UNREAD_MS, watchUnread } from './unread-answers.ts';

/** Longer than any load balancer keeps its side open, so that it is never us who close first. */
export const KEEP_ALIVE_MS = 620_000;

/** From a connection to its first bytes, and from there to the end of HTTP/2's preface. */
const FIRST_BYTE_MS = 10_000;
/** To the end of a request's headers, and of its body. */
const HEADERS_MS = 60_000;
const BODY_MS = 300_000;

/** How long a client may take, over HTTP/1.1 and HTTP/2 alike. Milliseconds. */
export interface HostLimits extends Http2Limits {
  /** Without taking anything of an answer. */
  unread: number;
}

export const HOST_LIMITS: HostLimits = {
  preface: FIRST_BYTE_MS,
  headers: HEADERS_MS,
  body: BODY_MS,
  idle: KEEP_ALIVE_MS,
  unread: UNREAD_MS,
};
/** How often HTTP/1's limits are looked at, at most. */
const CHECK_MS = 10_000;

type Handler = (req: IncomingMessage, res: ServerResponse) => void;

export interface Host {
  port: number;
  /**
   * Takes no new connection, tells clients to keep none, and resolves when the last answer has been sent; after `graceMs` it
   * closes what is left.
   */
  close(graceMs: number): Promise<void>;
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n');

/**
 * Serves HTTP/1.1 and cleartext HTTP/2 on one port, told apart by a connection's first bytes: health probes speak the
 * one, and only the other carries a client's disconnect through Cloud Run's front end.
 */
export async function serve(handler: Handler, port: number, host?: string, limits = HOST_LIMITS): Promise<Host> {
  let closing = false;
  const unread = watchUnread(undefined, limits.unread);
  const begin = oneAtATime((req, res) => {
    if (closing) res.setHeader('connection', 'close');
    unread.watch(res);
    handler(req, res);
  });
  const timeouts = { keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: limits.headers, requestTimeout: limits.body };
  const http1 = createHttp1({ ...timeouts, connectionsCheckingInterval: CHECK_MS }, begin);
  // This server never listens itself, and Node starts its header and request timeouts on that event.
  http1.emit('listening');
  // Http2ServerRequest and -Response are written to stand in for their HTTP/1 counterparts.
  const http2 = createHttp2({ settings: { maxConcurrentStreams: MAX_STREAMS } }, (req, res) => {
    limitBody(req, limits.body);
    unread.watch(res as unknown as ServerResponse);
    handler(req as unknown as IncomingMessage, res as unknown as ServerResponse);
  });
  const sessions = new Set<ServerHttp2Session>();
  http2.on('session', (session) => {
    sessions.add(session);
    limitSession(session, limits);
    session.once('close', () => sessions.delete(session));
  });
  const sockets = new Set<Socket>();

  const tcp = createTcp({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(limits.preface, () => socket.destroy());
    firstBytes(socket, (first) => {
      socket.setTimeout(0);
      socket.removeAllListeners('timeout');
      const isHttp2 = first.subarray(0, PREFACE.length).equals(PREFACE);
      socket.unshift(first);
      (isHttp2 ? http2 : http1).emit('connection', socket);
      if (!isHttp2) socket.resume();
    });
  });
  await listen(tcp, port, host);
  const address = tcp.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close(graceMs) {
      closing = true;
      unread.stop();
      for (const session of sessions) session.close();
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      return close(tcp, http1, sockets, graceMs);
    },
  };
}

/** Reads until the bytes can be told from the HTTP/2 preface: `P` may yet become `POST`. Leaves the socket paused. */
function firstBytes(socket: Socket, then: (first: Buffer) => void): void {
  let first: Buffer = Buffer.alloc(0);
  const onData = (bytes: Buffer) => {
    first = Buffer.concat([first, bytes]);
    const undecided = first.length < PREFACE.length && first.equals(PREFACE.subarray(0, first.length));
    if (undecided) return;
    socket.off('data', onData);
    socket.pause();
    then(first);
  };
  socket.on('data', onData);
}

function listen(server: ReturnType<typeof createTcp>, port: number, host?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(tcp: ReturnType<typeof createTcp>, http1: Server, sockets: Set<Socket>, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const idle = setInterval(() => http1.closeIdleConnections(), 50);
    const last = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, graceMs);
    tcp.close(() => {
      clearInterval(idle);
      clearTimeout(last);
      http1.close();
      resolve();
    });
    http1.closeIdleConnections();
  });
}
