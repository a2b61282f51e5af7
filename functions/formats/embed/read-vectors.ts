import { MeshError } from '../../core/errors.ts';
import { isRecord } from '../shared/is-record.ts';
import { parseJson } from '../shared/parse-json.ts';
import type { Vector } from './embedder.ts';

const BYTES = Float32Array.BYTES_PER_ELEMENT;

/** A reply that is an object. Throws `upstream_error` for any other, without its text. */
export function readReply(text: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = parseJson(text);
  } catch {
    throw garbage();
  }
  if (!isRecord(parsed)) throw garbage();
  return parsed;
}

/** A list in a reply. */
export function readList(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw garbage();
  return value;
}

/** A vector as numbers, or as the base64 of little-endian 32-bit ones. */
export function readVector(value: unknown): Vector {
  const vector = typeof value === 'string' ? fromBase64(value) : value;
  if (!Array.isArray(vector) && !(vector instanceof Float32Array)) throw garbage();
  if (vector.length === 0) throw garbage();
  // By index: there are hundreds of thousands of them in a reply.
  for (let at = 0; at < vector.length; at++) if (!Number.isFinite(vector[at])) throw garbage();
  return vector;
}

function fromBase64(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length % BYTES !== 0) throw garbage();
  // The processors that this runs on are little-endian too. Copied, since a buffer may begin anywhere in its memory.
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

export function garbage(): MeshError {
  return new MeshError('upstream_error', { message: 'The provider sent no embeddings that can be read.' });
}
