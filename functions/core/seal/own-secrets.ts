import { OWN_KEY_BYTES } from './key-ring.ts';

/** What seals: rotates, by a new version of the secret. */
export const SEAL_SECRET = 'mesh-seal-key';
/** What hashes the users that callers name, and makes the secrets of webhooks: never rotates, or every user would be somebody new. */
export const USER_SECRET = 'mesh-user-key';
/** A version of it that is added by mistake changes nothing. */
export const USER_SECRET_VERSION = '1';

/** Base64 of `OWN_KEY_BYTES` random bytes. Throws an `Error` that names the secret, never its text. */
export function parseOwnKey(name: string, text: string | undefined): Uint8Array {
  if (text === undefined) throw new Error(`The secret ${name} has no version.`);
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== OWN_KEY_BYTES) {
    throw new Error(`The secret ${name} must be ${OWN_KEY_BYTES} random bytes in base64: openssl rand -base64 32.`);
  }
  return bytes;
}
