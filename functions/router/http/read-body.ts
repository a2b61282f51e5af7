import { MeshError } from '../../core/errors.ts';
import type { Call } from './call.ts';

export const MAX_BODY_BYTES = 32 * 1024 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The call's body as JSON. Read only after authentication. Throws `payload_too_large` past the limit, at once where the
 * length was announced; what still comes is discarded, so that the client can read the answer.
 */
export async function readJson(call: Call): Promise<unknown> {
  const startedAt = performance.now();
  const bytes = await readBytes(call);
  call.uploadMs = performance.now() - startedAt;
  if (bytes.length === 0) throw new MeshError('bad_request', { message: 'The body is empty; JSON was expected.' });
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    // The parser's own message quotes the body.
    throw new MeshError('bad_request', { message: 'The body is not valid JSON.' });
  }
}

function readBytes({ req, gone }: Call): Promise<Buffer> {
  if (Number(req.headers['content-length'] ?? 0) > MAX_BODY_BYTES) {
    req.resume();
    return Promise.reject(tooLarge());
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    req.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= MAX_BODY_BYTES) {
        chunks.push(chunk);
      } else {
        chunks.length = 0;
        reject(tooLarge());
      }
    });
    req.once('end', () => resolve(Buffer.concat(chunks)));
    req.once('error', reject);
    gone.addEventListener('abort', () => reject(gone.reason), { once: true });
  });
}

function tooLarge(): MeshError {
  return new MeshError('payload_too_large', {
    message: `The body is larger than ${MAX_BODY_BYTES / 1024 / 1024} MiB.`,
  });
}
