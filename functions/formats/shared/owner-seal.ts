import type { Opened, Seal, SealPurpose } from '../../core/seal/seal.ts';

/** The seal of one owner: what clients keep for it, and nobody else's key opens. */
export interface OwnerSeal {
  /** Null where the text is too long to be sealed. */
  seal(purpose: SealPurpose, issuer: string, text: string): string | null;
  /** Null where the token was not sealed so, by a key that is still known. */
  open(purpose: SealPurpose, token: string): Opened | null;
}

export function ownerSeal(seal: Seal, ownerId: string): OwnerSeal {
  return {
    seal: (purpose, issuer, text) => seal.seal({ ownerId, purpose }, issuer, text),
    open: (purpose, token) => seal.open({ ownerId, purpose }, token),
  };
}
