import { MeshError } from '../../core/errors.ts';
import { chatRequestSchema, routingPolicySchema } from '../pivot/chat-request.ts';
import { nearestName } from '../shared/nearest-name.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Shorter names are too near each other: `top_a` is a field of some servers. */
const LEAST_NAME_LENGTH = 6;
/** Unknown fields that are looked at. */
const MOST_FIELDS = 100;

const known = Object.keys(chatRequestSchema.shape);
const knownOfProvider = Object.keys(routingPolicySchema.shape.provider.unwrap().shape);

/**
 * Refuses a field of a chat request that is unknown and one slip away from one that is known. Other unknown fields are for
 * endpoints that may know them; this one would be dropped without a word, and with it what its caller relied on.
 */
export function refuseSlips(body: Fields): void {
  refuseIn(body, known, '');
  const { provider } = body;
  if (typeof provider === 'object' && provider !== null) refuseIn(provider as Fields, knownOfProvider, 'provider.');
}

function refuseIn(fields: Fields, names: readonly string[], path: string): void {
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
