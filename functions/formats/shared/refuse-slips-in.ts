import { MeshError } from '../../core/errors.ts';
import { nearestName } from './nearest-name.ts';

/** Shorter names are too near each other: `top_a` is a field of some servers. */
const LEAST_NAME_LENGTH = 6;
/** Unknown fields that are looked at. */
const MOST_FIELDS = 100;

/**
 * Refuses a field that is unknown and one slip away from one of `names`: it would be dropped without a word, and with it what its
 * caller relied on. `path` stands before it.
 */
export function refuseSlipsIn(fields: Readonly<Record<string, unknown>>, names: readonly string[], path = ''): void {
  const unknown = Object.keys(fields).filter((field) => !names.includes(field) && field.length >= LEAST_NAME_LENGTH);
  for (const field of unknown.slice(0, MOST_FIELDS)) {
    const meant = nearestName(field, names, 1);
    // What says both has a reason for it.
    if (meant === null || fields[meant] != null) continue;
    const param = `${path}${field}`;
    throw new MeshError('invalid_request_error', {
      param,
      message: `${param}: There is no such field; did you mean "${path}${meant}"?`,
    });
  }
}
