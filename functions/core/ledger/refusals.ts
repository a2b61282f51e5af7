/**
 * `refusals/{key, minute, instance}`: how many requests of a key one instance refused in a minute, by the code of the error.
 * Requests that held money or reached an upstream are not among them, nor are those without a key that is known. Counts are
 * written now and then, so what a process that dies has counted since is lost.
 */
export const REFUSALS = 'refusals';

/** How long they can be looked up. */
export const REFUSAL_LIFE_MS = 7 * 24 * 3_600_000;
