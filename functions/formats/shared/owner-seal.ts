import { MeshError } from '../../core/errors.ts';
import type { Opened, Seal, SealPurpose } from '../../core/seal/seal.ts';

/**
 * The most that is opened for one request, all in all: as much as a body may have. What is sealed is compressed, so that a small
 * body could grow to gigabytes. UTF-16 units.
 */
export const MAX_OPENED_LENGTH = 32 * 1024 * 1024;

/** The seal of one owner, for one request: what clients keep for it, and nobody else's key opens. */
export interface OwnerSeal {
  /** Null where the text, or the name of its issuer, is too long to be sealed. */
  seal(purpose: SealPurpose, issuer: string, text: string): string | null;
  /**
   * Null where the token was not sealed so, by a key that is still known. Throws `payload_too_large` where all that was opened is
   * more than a request may have.
   */
  open(purpose: SealPurpose, token: string): Opened | null;
}

export function ownerSeal(seal: Seal, ownerId: string): OwnerSeal {
  let left = MAX_OPENED_LENGTH;
  return {
    seal: (purpose, issuer, text) => seal.seal({ ownerId, purpose }, issuer, text),
    open(purpose, token) {
      const opened = seal.open({ ownerId, purpose }, token);
      left -= opened?.text.length ?? 0;
      if (left < 0)
        throw new MeshError('payload_too_large', { message: 'What the input refers to is too long, taken together.' });
      return opened;
    },
  };
}
