import { MeshError } from '../../core/errors.ts';
import { parseExactJson, toolInputs } from './exact-json.ts';

/** An upstream's whole reply as JSON, in which what calls are given keeps its digits. Throws `upstream_error`, without the text: it may hold part of an answer. */
export function parseReply(text: string): unknown {
  try {
    return parseExactJson(text, toolInputs);
  } catch {
    throw new MeshError('upstream_error', { message: 'The provider sent a reply that is not JSON.' });
  }
}
