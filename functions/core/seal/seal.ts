import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { KeyRing } from './key-ring.ts';

/** The most that is sealed, and that comes out of a token. UTF-8 bytes. */
export const MAX_SEALED_BYTES = 262_144;

/** What a token is for: one that was sealed for one purpose can't be opened for another. */
export type SealPurpose = 'reasoning' | 'item';

/** Whose a token is and what it is for. */
export interface SealScope {
  ownerId: string;
  purpose: SealPurpose;
}

export interface Opened {
  /** Who can read the text, as the caller named it. */
  issuer: string;
  text: string;
}

/** What clients keep for us: nothing is stored, and only we can read it again. Synchronous. */
export interface Seal {
  /**
   * A token of `text`: ASCII letters, digits, `_` and `-`. `issuer` is the family of endpoints that can read the text; it is not
   * secret. Null where the text is longer than `MAX_SEALED_BYTES`, or the issuer than 255 bytes: some upstreams name it.
   */
  seal(scope: SealScope, issuer: string, text: string): string | null;
  /**
   * The text of a token; null where it is no token of ours, of another owner or purpose, of a key that is gone, damaged, or of
   * an issuer other than the one asked for. Never throws.
   */
  open(scope: SealScope, token: string, issuer?: string): Opened | null;
}

/** The form of a token: `s1_`, then base64url of key id, flags, length and text of the issuer, nonce, what is encrypted, tag. */
const PREFIX = 's1_';
const CIPHER = 'aes-256-gcm';
const ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MAX_ISSUER_BYTES = 255;
/** A flag: what is encrypted is deflated. */
const DEFLATED = 1;
/** Below this many bytes nothing is tried to make it smaller. */
const MIN_DEFLATED_BYTES = 64;
/** A token longer than this is none of ours: base64url of the text as it is, and of what stands around it. */
const MAX_TOKEN_LENGTH = PREFIX.length + Math.ceil((MAX_SEALED_BYTES + 512) * (4 / 3));

export function createSeal(keys: KeyRing): Seal {
  return {
    seal(scope, issuer, text) {
      const plain = Buffer.from(text);
      const name = Buffer.from(issuer);
      if (plain.length > MAX_SEALED_BYTES || name.length > MAX_ISSUER_BYTES) return null;
      const { id, secret } = keys.writing();
      const packed = deflate(plain);
      const head = Buffer.alloc(ID_BYTES + 2);
      head.writeUInt32BE(id);
      head.writeUInt8(packed === null ? 0 : DEFLATED, ID_BYTES);
      head.writeUInt8(name.length, ID_BYTES + 1);
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, keyFor(secret, scope), nonce);
      cipher.setAAD(bound(scope, Buffer.concat([head, name])));
      const sealed = Buffer.concat([cipher.update(packed ?? plain), cipher.final()]);
      return PREFIX + Buffer.concat([head, name, nonce, sealed, cipher.getAuthTag()]).toString('base64url');
    },
    open(scope, token, asked) {
      const parts = split(token);
      if (parts === null) return null;
      const { head, id, isDeflated, issuer, nonce, sealed, tag } = parts;
      if (asked !== undefined && issuer !== asked) return null;
      const key = keys.find(id);
      if (key === null) return null;
      try {
        const decipher = createDecipheriv(CIPHER, keyFor(key.secret, scope), nonce, { authTagLength: TAG_BYTES });
        decipher.setAAD(bound(scope, head));
        decipher.setAuthTag(tag);
        const plain = Buffer.concat([decipher.update(sealed), decipher.final()]);
        const text = isDeflated ? inflateRawSync(plain, { maxOutputLength: MAX_SEALED_BYTES }) : plain;
        return { issuer, text: text.toString('utf8') };
      } catch {
        return null;
      }
    },
  };
}

/**
 * A key for each owner and purpose: a random nonce is safe for 2^32 messages of one key, and all owners together seal more
 * than that (NIST SP 800-38D, 8.3).
 */
function keyFor(secret: Uint8Array, { ownerId, purpose }: SealScope): Buffer {
  return createHmac('sha256', secret).update(`seal\0${purpose}\0${ownerId}`).digest();
}

/** What is not encrypted, but must be as it was. */
function bound({ ownerId, purpose }: SealScope, head: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${purpose}\0${ownerId}\0`), head]);
}

/** Null where that makes it no smaller. */
function deflate(plain: Buffer): Buffer | null {
  if (plain.length < MIN_DEFLATED_BYTES) return null;
  const packed = deflateRawSync(plain);
  return packed.length < plain.length ? packed : null;
}

function split(token: string) {
  if (!token.startsWith(PREFIX) || token.length > MAX_TOKEN_LENGTH) return null;
  const text = token.slice(PREFIX.length);
  const bytes = Buffer.from(text, 'base64url');
  // Node reads over what is no base64url, and bits beyond the last byte: a token has one form.
  if (bytes.toString('base64url') !== text) return null;
  if (bytes.length < ID_BYTES + 2) return null;
  const headBytes = ID_BYTES + 2 + bytes.readUInt8(ID_BYTES + 1);
  const end = bytes.length - TAG_BYTES;
  if (end < headBytes + NONCE_BYTES) return null;
  return {
    head: bytes.subarray(0, headBytes),
    id: bytes.readUInt32BE(),
    isDeflated: bytes.readUInt8(ID_BYTES) === DEFLATED,
    issuer: bytes.toString('utf8', ID_BYTES + 2, headBytes),
    nonce: bytes.subarray(headBytes, headBytes + NONCE_BYTES),
    sealed: bytes.subarray(headBytes + NONCE_BYTES, end),
    tag: bytes.subarray(end),
  };
}
