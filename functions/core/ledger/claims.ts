import type { Write } from '../store/documents.ts';

/** Idempotency keys in use: `claims/{sha256 of owner and key}` says which request has it, and which lease pays for that. */
export const CLAIMS = 'claims';

/** How long an idempotency key is remembered. */
export const CLAIM_LIFE_MS = 24 * 3_600_000;

/** A claim, as the commit of its request's hold makes it. */
export type ClaimWrite = Extract<Write, { kind: 'set' }>;

/** The claim with the lease that its request is paid from: by that the sweep finds those of an instance that died. */
export function claimOfLease(claim: ClaimWrite, leaseId: string): ClaimWrite {
  return { ...claim, data: { ...claim.data, lease_id: leaseId } };
}
