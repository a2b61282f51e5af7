import { MeshError } from '../../core/errors.ts';
import { type EntryKind, entryKinds, toEntry } from '../../core/ledger.ts';
import { formatAmount } from '../../core/money.ts';
import { findOwner } from '../admin/owners.ts';
import type { Call } from '../call.ts';
import type { Router } from '../router.ts';
import type { Reply } from '../routes.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { readEntries } from './read-entries.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** `GET /v1/owners/{id}/entries?kind&limit&cursor`: lines of the ledger, the newest first. */
export async function listEntries(call: Call, router: Router, ownerId: string): Promise<Reply> {
  await findOwner(router, ownerId);
  const kind = toKind(call.query.get('kind'));
  const limit = toLimit(call.query.get('limit'));
  const cursor = call.query.get('cursor');
  const list = [ownerId, kind];
  const after = cursor === null ? null : decodeCursor(cursor, list);
  const query = { ownerId, kind, start: null, end: null, after, limit, wanted: () => true };
  const { entries, next } = await readEntries(router.documents, query);
  return {
    status: 200,
    body: {
      data: entries.map((document) => {
        const entry = toEntry(document);
        return {
          id: entry.id,
          kind: entry.kind,
          amount: formatAmount(entry.amount),
          currency: entry.currency,
          reference: entry.reference,
          reason: entry.reason,
          created_at: entry.createdAt.toISOString(),
        };
      }),
      next_cursor: next === null ? null : encodeCursor(next, list),
    },
  };
}

function toKind(text: string | null): EntryKind | null {
  if (text === null) return null;
  const kind = entryKinds.find((each) => each === text);
  if (kind !== undefined) return kind;
  throw new MeshError('invalid_request_error', { param: 'kind', message: `kind is one of ${entryKinds.join(', ')}.` });
}

function toLimit(text: string | null): number {
  const limit = text === null ? DEFAULT_LIMIT : Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new MeshError('invalid_request_error', { param: 'limit', message: `limit is from 1 to ${MAX_LIMIT}.` });
}
