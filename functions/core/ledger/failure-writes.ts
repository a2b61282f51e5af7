import { documentId, shardOf } from '../store/document-id.ts';
import type { Fields, Write } from '../store/documents.ts';
import { FAILED_REQUEST_LIFE_MS, FAILED_REQUESTS } from './failed-requests.ts';
import { entryWrite, fromFx, type Hold } from './holds.ts';
import { notedWrites, OUTBOX_SHARDS } from './outbox.ts';

/** What is written for a request that failed, with what tells the consumers, together with the end of its hold. */
export function failureWrites(hold: Hold, facts: Fields, createdAt: Date): Write[] {
  const entry = entryWrite(hold, hold.requestId, createdAt, {
    ...facts,
    ...fromFx(hold.fx),
    kind: 'failure',
    amount: 0n,
    held: hold.amount,
    overage: 0n,
    written_off: 0n,
    usd: 0n,
    inr: 0n,
    cost_pico_usd: 0n,
    expires_at: new Date(createdAt.getTime() + FAILED_REQUEST_LIFE_MS),
    shard: shardOf(documentId(hold.requestId), OUTBOX_SHARDS),
  });
  return notedWrites({ ...entry, collection: FAILED_REQUESTS });
}
