import type { ServerResponse } from 'node:http';

/** A client that takes nothing of an answer for so long is dropped. */
export const UNREAD_MS = 30_000;
/** A client for which so many bytes wait is dropped at once. One event of an upstream may have half as many. */
export const MAX_UNREAD_BYTES = 32 * 1024 * 1024;
/** How often it is looked. */
export const LOOK_MS = 1_000;

export interface UnreadAnswers {
  watch(res: ServerResponse): void;
  /** Looks once; `at` in monotonic milliseconds. */
  look(at: number): void;
  /** Looks no more. */
  stop(): void;
}

interface Watched {
  waiting: number;
  /** Since when nothing has been taken, monotonic. */
  since: number;
}

/**
 * Drops clients that take nothing of what waits for them for `unreadMs`. To a request that is being answered it looks as if its
 * client had left, so that its upstream ends too. Over HTTP/2 one stream is dropped and not the others of its connection.
 */
export function watchUnread(
  monotonic: () => number = () => performance.now(),
  unreadMs: number = UNREAD_MS,
): UnreadAnswers {
  const watched = new Map<ServerResponse, Watched>();

  function look(at: number): void {
    for (const [res, seen] of watched) {
      const waiting = res.writableLength;
      if (waiting === 0 || waiting < seen.waiting) seen.since = at;
      seen.waiting = waiting;
      const isOver = at - seen.since >= unreadMs || waiting > MAX_UNREAD_BYTES;
      if (isOver) res.destroy();
    }
  }

  const timer = setInterval(() => look(monotonic()), LOOK_MS).unref();
  return {
    watch(res) {
      const seen = { waiting: 0, since: monotonic() };
      watched.set(res, seen);
      // What is taken of a stream is filled up at once, so that as much may wait whenever it is looked.
      res.on('drain', () => {
        seen.since = monotonic();
      });
      res.once('close', () => watched.delete(res));
    },
    look,
    stop: () => clearInterval(timer),
  };
}
