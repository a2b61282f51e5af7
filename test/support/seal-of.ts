import { createKeyRing, OWN_KEY_BYTES } from '../../functions/core/seal/key-ring.ts';
import { createSeal } from '../../functions/core/seal/seal.ts';
import { ownerSeal } from '../../functions/formats/shared/owner-seal.ts';

const seal = createSeal(createKeyRing([new Uint8Array(OWN_KEY_BYTES).fill(7)]));

/** The seal of an owner, by a key that all tests have. */
export const sealOf = (ownerId: string) => ownerSeal(seal, ownerId);
