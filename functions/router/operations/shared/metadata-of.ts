import { MeshError } from '../../../core/errors.ts';
import { isRecord } from '../../../formats/shared/is-record.ts';

/** OpenAI's bounds: pairs, and characters of a name and of a value. */
export const MAX_METADATA_PAIRS = 16;
export const MAX_METADATA_NAME = 64;
export const MAX_METADATA_VALUE = 512;
/** Of all together, as JSON: an entry stays small. UTF-8 bytes. */
export const MAX_METADATA_BYTES = 2_048;

/** A caller that wants its `metadata` kept with the charge says so: `X-Mesh-Metadata: keep`. */
export const METADATA_HEADER = 'x-mesh-metadata';

/**
 * The caller's own facts of a request, where it wants them kept; null where it does not, or has none. Throws
 * `invalid_request_error` for more than is kept.
 */
export function metadataOf(
  headers: Readonly<Record<string, unknown>>,
  body: unknown,
): Readonly<Record<string, string>> | null {
  if (headers[METADATA_HEADER] !== 'keep' || !isRecord(body) || body.metadata == null) return null;
  const { metadata } = body;
  if (!isRecord(metadata)) throw refused('`metadata` must be an object.');
  const pairs = Object.entries(metadata);
  if (pairs.length > MAX_METADATA_PAIRS) throw refused(`\`metadata\` may have ${MAX_METADATA_PAIRS} pairs to be kept.`);
  for (const [name, value] of pairs) {
    if (typeof value !== 'string' || value.length > MAX_METADATA_VALUE || name.length > MAX_METADATA_NAME) {
      throw refused(
        `To be kept, each of \`metadata\` is a text of ${MAX_METADATA_VALUE} characters at most, its name ${MAX_METADATA_NAME}.`,
      );
    }
  }
  if (Buffer.byteLength(JSON.stringify(metadata)) > MAX_METADATA_BYTES) {
    throw refused(`To be kept, \`metadata\` may have ${MAX_METADATA_BYTES} bytes.`);
  }
  return pairs.length === 0 ? null : (metadata as Record<string, string>);
}

function refused(message: string): MeshError {
  return new MeshError('invalid_request_error', { param: 'metadata', message });
}
