import type { ServerResponse } from 'node:http';

/**
 * Writes a piece of a body whose length nobody knows, in one piece: Node hands a chunk of HTTP/1.1 to its socket as four (its
 * length, a line's end, what it holds, another line's end), which was a fifth of all that a paced stream takes. Its head must
 * have been written. Returns whether more may be written at once.
 */
export function writeChunk(res: ServerResponse, text: string): boolean {
  // HTTP/2 and HTTP/1.0 have no chunks, and one without anything would be the last.
  if (!res.chunkedEncoding || text === '') return res.write(text);
  res.chunkedEncoding = false;
  try {
    return res.write(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
  } finally {
    // Node ends the body, whose last chunk is its own.
    res.chunkedEncoding = true;
  }
}
