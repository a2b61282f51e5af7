import { once } from 'node:events';
import { hasLeft } from '../../core/client-gone.ts';
import { type Call, commonHeaders } from './call.ts';
import { writeChunk } from './write-chunk.ts';

/** Silence after which something is written that keeps proxies from closing the connection. */
export const PING_INTERVAL_MS = 15_000;

/** A client's stream. */
export interface EventStream {
  /**
   * Nothing where more may be written at once; else a promise that resolves when the client has taken enough, and rejects when
   * it has gone. Throws where it has gone before.
   */
  write(text: string): Promise<void> | undefined;
  /** Writes the last of a stream that is whole, and ends the response. */
  end(text: string): void;
  /** Writes the last of a stream that broke, and ends the response. */
  fail(text: string): void;
}

/** Headers go out with the first write, which may be a ping. */
export function openEventStream(
  call: Call,
  mediaType: string,
  headers: () => Record<string, string>,
  ping: () => string = () => call.surface.ping,
): EventStream {
  const { res, gone } = call;
  const pings = setInterval(() => {
    // Whoever does not read needs no sign of life, and gets no heap of them.
    if (!res.writableEnded && res.writableLength === 0) put(ping());
  }, PING_INTERVAL_MS).unref();
  res.once('close', () => clearInterval(pings));

  function put(text: string): boolean {
    if (!res.headersSent) {
      res.writeHead(200, {
        ...commonHeaders(call),
        'content-type': `${mediaType}; charset=utf-8`,
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
        ...headers(),
      });
    }
    return writeChunk(res, text);
  }

  return {
    write(text) {
      if (text === '') return undefined;
      gone.throwIfAborted();
      pings.refresh();
      return put(text) ? undefined : drained(call);
    },
    end(text) {
      clearInterval(pings);
      if (hasLeft(call)) return;
      put(text);
      res.end();
    },
    fail(text) {
      clearInterval(pings);
      failStream(call, text);
    },
  };
}

async function drained({ res, gone }: Call): Promise<void> {
  await once(res, 'drain', { signal: gone });
}

/** Ends a stream that has begun with its last frame; where that cannot be written, with its socket. */
export function failStream({ res }: Call, text: string): void {
  if (res.destroyed || !res.writable) {
    res.destroy();
    return;
  }
  res.end(text);
}
