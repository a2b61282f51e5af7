import { createHash } from 'node:crypto';
import { MeshError } from '../../core/errors.ts';

/** A place in a list that is ordered by time, the newest first: the last line that was given out. */
export interface Place {
  at: number;
  id: string;
}

/** Opaque to callers; it remembers of which list it is, so that it cannot be used on another. */
export function encodeCursor({ at, id }: Place, list: unknown): string {
  return Buffer.from(JSON.stringify([at, id, sumOf(at, id, list)])).toString('base64url');
}

/** Throws `invalid_request_error` for anything that is not a cursor of this very list. */
export function decodeCursor(text: string, list: unknown): Place {
  try {
    const [at, id, sum] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as [number, string, string];
    if (Number.isSafeInteger(at) && typeof id === 'string' && sum === sumOf(at, id, list)) return { at, id };
  } catch {
    // Not even readable.
  }
  throw new MeshError('invalid_request_error', {
    param: 'cursor',
    message: 'This cursor is not of this list; start again without it.',
  });
}

function sumOf(at: number, id: string, list: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([at, id, list]))
    .digest('base64url')
    .slice(0, 16);
}
