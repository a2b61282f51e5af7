import { z } from 'zod';
import { decodePlace, encodePlace } from '../pages/cursor-text.ts';

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
const stored = z.tuple([moment, z.string(), moment]);

export function encodeCursor({ at, id, from }: Cursor, list: unknown): string {
  return encodePlace([at, id, from], list);
}

/** Throws `invalid_request_error` for anything but a cursor of this very list, exactly as it was given out. */
export function decodeCursor(text: string, list: unknown): Cursor {
  const [at, id, from] = decodePlace(text, list, (written) => stored.safeParse(written).data ?? null);
  return { at, id, from };
}
