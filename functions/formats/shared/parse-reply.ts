import { MeshError } from '../../core/errors.ts';
import { parseJson } from './parse-json.ts';

/** An upstream's whole reply as JSON. Throws `upstream_error`, without the text: it may hold part of an answer. */
export function parseReply(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw new MeshError('upstream_error', { message: 'The provider sent a reply that is not JSON.' });
  }
}
