import { once } from 'node:events';
import { DONE_FRAME, encodeFrame, PING } from '../formats/sse.ts';
import { type Call, commonHeaders, hasLeft } from './call.ts';

/** Silence after which a comment keeps proxies from closing the connection. */
export const PING_INTERVAL_MS = 15_000;

/** A client's event stream. Headers go out with the first write, which may be a ping. */
export interface EventStream {
  /** Resolves when the client has taken enough for more to be written; rejects when it has gone. */
  write(frames: string): Promise<void>;
  /** Writes the last frames and `[DONE]`, and ends the response. */
  end(frames: string): void;
  /** Ends a broken stream. */
  fail(body: unknown): void;
}

export function openEventStream(call: Call, headers: () => Record<string, string>): EventStream {
  const { res, gone } = call;
  const pings = setInterval(() => {
    if (!res.writableEnded) put(PING);
  }, PING_INTERVAL_MS).unref();
  res.once('close', () => clearInterval(pings));

  function put(text: string): boolean {
    if (!res.headersSent) {
      res.writeHead(200, {
        ...commonHeaders(call),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
        ...headers(),
      });
    }
    return res.write(text);
  }

  return {
    async write(frames) {
      if (frames === '') return;
      gone.throwIfAborted();
      pings.refresh();
      if (!put(frames)) await once(res, 'drain', { signal: gone });
    },
    end(frames) {
      clearInterval(pings);
      if (hasLeft(call)) return;
      put(frames + DONE_FRAME);
      res.end();
    },
    fail(body) {
      clearInterval(pings);
      failStream(call, body);
    },
  };
}

/** Ends a stream that has begun with one error frame and no `[DONE]`; where that cannot be written, with its socket. */
export function failStream({ res }: Call, body: unknown): void {
  if (res.destroyed || !res.writable) {
    res.destroy();
    return;
  }
  res.end(encodeFrame(body));
}
