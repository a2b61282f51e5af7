import { KEYS } from '../../functions/core/keys.ts';
import { newOwner, OWNERS } from '../../functions/core/ledger/owners.ts';
import { NANOS_PER_UNIT } from '../../functions/core/money/money.ts';
import { documentId } from '../../functions/core/store/document-id.ts';
import type { Documents, Write } from '../../functions/core/store/documents.ts';
import type { Caller } from './simulated-ledger.ts';
import type { Timeline } from './timeline.ts';

const FUNDS = 1_000_000n * NANOS_PER_UNIT;
/** High enough to be counted and never reached. */
const RATE_LIMIT = 1_000_000_000;
/** More than any write takes. Milliseconds. */
const SEED_MS = 1_000;

/** The n-th owner's one key. It has a limit of requests, as every key has unless somebody takes it away. */
export function callerOf(n: number, rpm: number | null = RATE_LIMIT): Caller {
  const scopes = [{ id: `key|key_${n}`, limits: { rpm, rpd: null, tpm: null } }];
  return { ownerId: `own_${n}`, keyId: `key_${n}`, keyHash: `hash_${n}`, scopes };
}

/** Owners with money and their keys. Takes a second of simulated time. */
export async function seedCallers(
  timeline: Timeline,
  documents: Documents,
  callers: readonly Caller[],
  unixTime: () => number,
): Promise<void> {
  const at = new Date(unixTime());
  const writes = callers.flatMap(({ ownerId, keyId, keyHash }): Write[] => [
    {
      kind: 'set',
      collection: OWNERS,
      id: documentId(ownerId),
      data: newOwner(ownerId, 'USD', at, { available: FUNDS }),
      expect: 'absent',
    },
    {
      kind: 'set',
      collection: KEYS,
      id: keyHash,
      data: { key_id: keyId, owner_id: ownerId, status: 'active', created_at: at },
      expect: 'absent',
    },
  ]);
  const seeded = documents.commit(writes);
  await timeline.run(timeline.now() + SEED_MS);
  await seeded;
}
