import type { ServerResponse } from 'node:http';

/** A long answer is handed over in pieces of so many bytes, as its client takes them: so it can be told whether it does. */
export const PIECE_BYTES = 64 * 1024;

/** Writes the whole of an answer's body and ends it. Nobody waits: a client that does not take it is dropped by the host. */
export function writeOut(res: ServerResponse, body: string | Buffer): void {
  // Four bytes a character at most: what is surely short goes as it is.
  if (body.length * 4 <= PIECE_BYTES) {
    res.end(body);
    return;
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  let at = 0;
  const next = (): void => {
    while (!res.destroyed && at + PIECE_BYTES < bytes.length) {
      const piece = bytes.subarray(at, at + PIECE_BYTES);
      at += PIECE_BYTES;
      if (res.write(piece)) continue;
      res.once('drain', next);
      return;
    }
    if (!res.destroyed) res.end(bytes.subarray(at));
  };
  next();
}
