import { once } from 'node:events';
import { DONE_FRAME, encodeFrame, PING } from '../../formats/shared/sse.ts';
import { type Call, commonHeaders, hasLeft } from './call.ts';

/** Silence after which a comment keeps proxies from closing the connection. */
export const PING_INTERVAL_MS = 15_000;

/** A client's event stream. Headers go out with the first write, which may be a ping. */
export interface EventStream {
  /**
   * Nothing where more may be written at once; else a promise that resolves when the client has taken enough, and rejects when
   * it has gone. Throws where it has gone before.
   */
  write(frames: string): Promise<void> | undefined;
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
    write(frames) {
      if (frames === '') return undefined;
      gone.throwIfAborted();
      pings.refresh();
      return put(frames) ? undefined : drained(call);
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

async function drained({ res, gone }: Call): Promise<void> {
  await once(res, 'drain', { signal: gone });
}

/** Ends a stream that has begun with one error frame and no `[DONE]`; where that cannot be written, with its socket. */
export function failStream({ res }: Call, body: unknown): void {
  if (res.destroyed || !res.writable) {
    res.destroy();
    return;
  }
  res.end(encodeFrame(body));
}
