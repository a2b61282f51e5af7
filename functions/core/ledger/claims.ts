/** Idempotency keys in use: `claims/{sha256 of owner and key}` says which request has it. */
export const CLAIMS = 'claims';

/** How long an idempotency key is remembered. */
export const CLAIM_LIFE_MS = 24 * 3_600_000;
