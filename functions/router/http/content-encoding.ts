import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { MeshError } from '../../core/errors.ts';

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/**
 * The decoder of a request's body; null where it comes as it is. It gives a small piece at a time and waits while it is not
 * read, so that a bomb is refused while it is unpacked. Throws `bad_request` for an encoding that is not known.
 */
export function bodyDecoder({ headers }: Pick<IncomingMessage, 'headers'>): Transform | null {
  const encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return null;
  const create = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined;
  if (create === undefined) {
    throw new MeshError('bad_request', { message: 'Content-Encoding must be gzip, deflate, br or zstd.' });
  }
  return create();
}
