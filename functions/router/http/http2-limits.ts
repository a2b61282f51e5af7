import type { Http2ServerRequest, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';

/** What HTTP/1 connections have from Node, HTTP/2 sessions have from here. Milliseconds. */
export interface Http2Limits {
  /** Until the client's settings, which end the preface, are here. */
  preface: number;
  /** Until the headers of the first request are. */
  headers: number;
  /** Until a request is here with its body. */
  body: number;
  /** Without a request. */
  idle: number;
}

/** Requests that one session may have under way at once. */
export const MAX_STREAMS = 250;

/** Closes a session that keeps its side from saying anything. */
export function limitSession(session: ServerHttp2Session, limits: Http2Limits): void {
  let open = 0;
  let timer = setTimeout(() => session.destroy(), limits.preface).unref();
  const waitFor = (milliseconds: number): void => {
    clearTimeout(timer);
    if (!session.destroyed) timer = setTimeout(() => session.destroy(), milliseconds).unref();
  };
  session.once('remoteSettings', () => {
    if (open === 0) waitFor(limits.headers);
  });
  session.on('stream', (stream: ServerHttp2Stream) => {
    open++;
    clearTimeout(timer);
    stream.once('close', () => {
      open--;
      if (open === 0) waitFor(limits.idle);
    });
  });
  session.once('close', () => clearTimeout(timer));
}

/** Ends a request whose body does not come. */
export function limitBody({ stream }: Http2ServerRequest, milliseconds: number): void {
  if (stream.endAfterHeaders) return;
  const timer = setTimeout(() => stream.destroy(), milliseconds).unref();
  stream.once('end', () => clearTimeout(timer));
  stream.once('close', () => clearTimeout(timer));
}
