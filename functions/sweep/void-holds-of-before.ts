import { CLAIMS } from '../core/ledger/claims.ts';
import { type Documents, MAX_QUERY_DOCUMENTS, type Write } from '../core/store/documents.ts';
import { commitOnce } from './commit-once.ts';

/** `holds/{request}`: until 2026-11-28 each running request had a document of its own. */
const HOLDS = 'holds';

/**
 * Brings over what a store of before still held for an expired lease: takes away the holds of its requests, with their idempotency
 * keys. Returns how many there were.
 */
export async function voidHoldsOfBefore(documents: Documents, leaseId: string): Promise<number> {
  for (let voided = 0; ; ) {
    const ofLease = { field: 'lease_id', op: '==', value: leaseId } as const;
    const holds = await documents.query({ collection: HOLDS, where: [ofLease] });
    for (const { id, data } of holds) {
      const writes: Write[] = [{ kind: 'delete', collection: HOLDS, id, expect: 'present' }];
      if (typeof data.claim_id === 'string') {
        writes.push({ kind: 'delete', collection: CLAIMS, id: data.claim_id, expect: 'any' });
      }
      if (await commitOnce(documents, writes)) voided++;
    }
    if (holds.length < MAX_QUERY_DOCUMENTS) return voided;
  }
}
