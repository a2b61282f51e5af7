import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Seal } from '../../../formats/shared/seal.ts';

const key = randomBytes(32);
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Seals for an owner by a key that lives as long as this process. */
export function processSeal(ownerId: string): Seal {
  const bound = (issuer: string) => Buffer.from(JSON.stringify([ownerId, issuer]));
  return {
    seal(text, issuer) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(bound(issuer));
      const sealed = Buffer.concat([cipher.update(deflateRawSync(text)), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
    },
    open(sealed, issuer) {
      const bytes = Buffer.from(sealed, 'base64url');
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES)).setAAD(bound(issuer));
        decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
        const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
        return inflateRawSync(text).toString('utf8');
      } catch {
        return null;
      }
    },
  };
}
