import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Bytes of a wrapping key, and of the data key that it wraps. */
export const WRAPPING_KEY_BYTES = 32;
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A text under a data key of its own, and that under the wrapping key. Both base64 of nonce, what is encrypted, and tag. */
export interface Envelope {
  wrappedKey: string;
  sealed: string;
}

/** Seals a text under a name: under any other it cannot be opened, so that nobody gains by moving it. */
export function sealEnvelope(wrappingKey: Uint8Array, name: string, text: string): Envelope {
  const dataKey = randomBytes(WRAPPING_KEY_BYTES);
  return { wrappedKey: encrypt(wrappingKey, name, dataKey), sealed: encrypt(dataKey, name, Buffer.from(text)) };
}

/** Throws an `Error` that quotes nothing, where it was damaged, moved, or sealed under another wrapping key. */
export function openEnvelope(wrappingKey: Uint8Array, name: string, { wrappedKey, sealed }: Envelope): string {
  try {
    return decrypt(decrypt(wrappingKey, name, wrappedKey), name, sealed).toString('utf8');
  } catch {
    throw new Error('A sealed secret cannot be opened.');
  }
}

function encrypt(key: Uint8Array, name: string, plain: Uint8Array): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(name));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64');
}

function decrypt(key: Uint8Array, name: string, text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(name));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES)), decipher.final()]);
}
