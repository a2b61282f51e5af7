import { createHmac } from 'node:crypto';

/** What a hash of a user begins with. */
const PREFIX = 'usr_';
/** Bytes of it: so many that no two users of an owner will ever share one. */
const HASH_BYTES = 16;

/**
 * What is kept of the user that a caller names, at any length: always the same for the same user of the same owner, and
 * nothing that can be guessed by trying names, or compared between owners. `usr_` and 32 hex digits.
 */
export type HashUser = (ownerId: string, user: string) => string;

/** `secret`: `OWN_KEY_BYTES`; never another one, or every user would be somebody new. */
export function createHashUser(secret: Uint8Array): HashUser {
  return (ownerId, user) =>
    PREFIX + createHmac('sha256', secret).update(`user\0${ownerId}\0${user}`).digest().toString('hex', 0, HASH_BYTES);
}
