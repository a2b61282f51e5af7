import { createHash } from 'node:crypto';
import { z } from 'zod';
import { MeshError } from '../../../core/errors.ts';

/** The last moment that a `Date` can name. */
const LAST_MOMENT_MS = 8_640_000_000_000_000;

/** A place in a list that is ordered by time, the newest first: of the line that was looked at last. */
export interface Place {
  /** Unix milliseconds. */
  at: number;
  /** Of the document: lines of one moment are in its order. */
  id: string;
}

/** A place, and where the whole list ends: `from`, Unix milliseconds. What was "the last 30 days" when it was begun stays that. */
export interface Cursor extends Place {
  from: number;
}

const moment = z.int().min(-LAST_MOMENT_MS).max(LAST_MOMENT_MS);
const stored = z.tuple([moment, z.string(), moment, z.string()]);

/**
 * Opaque to callers. It has a checksum over the list it is of (whose lines, which filters), so that it is not taken for a place
 * in another. That is no signature, and need not be: what may be read is asked anew of every call.
 */
export function encodeCursor({ at, id, from }: Cursor, list: unknown): string {
  const sum = createHash('sha256')
    .update(JSON.stringify([at, id, from, list]))
    .digest('base64url');
  return Buffer.from(JSON.stringify([at, id, from, sum.slice(0, 16)])).toString('base64url');
}

/** Throws `invalid_request_error` for anything but a cursor of this very list, exactly as it was given out. */
export function decodeCursor(text: string, list: unknown): Cursor {
  const cursor = parse(text);
  if (cursor !== null && encodeCursor(cursor, list) === text) return cursor;
  throw new MeshError('invalid_request_error', {
    param: 'cursor',
    message: 'This cursor is not of this list; start again without it.',
  });
}

function parse(text: string): Cursor | null {
  try {
    const [at, id, from] = stored.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    return { at, id, from };
  } catch {
    return null;
  }
}
