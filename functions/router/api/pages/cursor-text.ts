import { createHash } from 'node:crypto';
import { MeshError } from '../../../core/errors.ts';

/** Of the checksum, in base64url. */
const SUM_LENGTH = 16;

/**
 * A place in a list as text, opaque to callers. It has a checksum over the list it is of (whose lines, which filters), so that it
 * is not taken for a place in another. That is no signature, and need not be: what may be read is asked anew of every call.
 */
export function encodePlace(place: readonly (string | number)[], list: unknown): string {
  const sum = createHash('sha256')
    .update(JSON.stringify([...place, list]))
    .digest('base64url');
  return Buffer.from(JSON.stringify([...place, sum.slice(0, SUM_LENGTH)])).toString('base64url');
}

/** `parse` makes a place of what was written down, or null. Throws `invalid_request_error` for anything but a cursor of this very list, exactly as it was given out. */
export function decodePlace<P extends readonly (string | number)[]>(
  text: string,
  list: unknown,
  parse: (written: unknown[]) => P | null,
): P {
  const place = parse(read(text).slice(0, -1));
  if (place !== null && encodePlace(place, list) === text) return place;
  throw new MeshError('invalid_request_error', {
    param: 'cursor',
    message: 'This cursor is not of this list; start again without it.',
  });
}

function read(text: string): unknown[] {
  try {
    const written: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return Array.isArray(written) ? written : [];
  } catch {
    return [];
  }
}
