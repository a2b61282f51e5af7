import { z } from 'zod';
import { entryKinds, toEntry } from '../../../core/ledger/entries.ts';
import { formatAmount } from '../../../core/money/money.ts';
import { toValidationError } from '../../../formats/shared/validation-error.ts';
import { findOwner } from '../../access/find-owner.ts';
import type { Call } from '../../http/call.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { DEFAULT_PAGE, MAX_CURSOR, MAX_PAGE } from './query-events.ts';
import { readEntries } from './read-entries.ts';

/** Every entry is later: nothing was charged before the clocks began. */
const BEGINNING_MS = 0;

export const entriesQuery = z.strictObject({
  kind: z.enum(entryKinds).optional(),
  limit: z
    .stringFormat('count', /^\d{1,9}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(MAX_PAGE))
    .default(DEFAULT_PAGE),
  cursor: z.string().max(MAX_CURSOR).optional(),
});

/** `GET /v1/owners/{id}/entries?kind&limit&cursor`: lines of the ledger, the newest first. */
export async function listEntries(call: Call, services: Services, ownerId: string): Promise<Reply> {
  const parsed = entriesQuery.safeParse(Object.fromEntries(call.query));
  if (!parsed.success) throw toValidationError(parsed.error);
  await findOwner(services, ownerId);
  const { kind = null, limit, cursor } = parsed.data;
  const list = [ownerId, kind];
  const after = cursor === undefined ? null : decodeCursor(cursor, list);
  const query = { ownerId, kind, start: null, end: null, after, limit, wanted: () => true };
  const { entries, next } = await readEntries(services.documents, query);
  return {
    status: 200,
    body: {
      data: entries.map((document) => {
        const { id, kind, amount, currency, reference, reason, createdAt } = toEntry(document);
        const { request_id, key_id } = document.data;
        return {
          id,
          owner_id: ownerId,
          kind,
          amount: formatAmount(amount),
          currency,
          reference,
          reason,
          /** The request that an overage or a refund is about, or that a charge is of. */
          request_id: kind === 'charge' ? id : (request_id ?? null),
          key_id: key_id ?? null,
          created_at: createdAt.toISOString(),
        };
      }),
      next_cursor: next === null ? null : encodeCursor({ ...next, from: BEGINNING_MS }, list),
    },
  };
}
