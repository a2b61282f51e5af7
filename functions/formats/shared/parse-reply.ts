import { MeshError } from '../../core/errors.ts';

/** An upstream's whole reply as JSON. Throws `upstream_error`, without the text: it may hold part of an answer. */
export function parseReply(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new MeshError('upstream_error', { message: 'The provider sent a reply that is not JSON.' });
  }
}
