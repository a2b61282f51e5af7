import { z } from 'zod';
import { type EntryKind, entryKinds, toEntry } from '../../../core/ledger/entries.ts';
import { formatAmount } from '../../../core/money/money.ts';
import type { Document, Documents } from '../../../core/store/documents.ts';
import { toValidationError } from '../../../formats/shared/validation-error.ts';
import { findOwner } from '../../access/find-owner.ts';
import type { Call } from '../../http/call.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { sendCsv, toCsvLine, wantsCsv } from './csv.ts';
import { decodeCursor, encodeCursor, type Place } from './cursor.ts';
import { DEFAULT_PAGE, MAX_CSV_ROWS, MAX_CURSOR, MAX_PAGE } from './query-events.ts';
import { readEntries } from './read-entries.ts';

/** Every entry is later: nothing was charged before the clocks began. */
const BEGINNING_MS = 0;

export const entriesQuery = z.strictObject({
  kind: z.enum(entryKinds).optional(),
  limit: z
    .stringFormat('count', /^\d{1,9}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(MAX_PAGE))
    .optional()
    .describe('Of a page; a CSV file is one page of all there is, as far as a file goes.'),
  cursor: z.string().max(MAX_CURSOR).optional(),
  format: z.enum(['json', 'csv']).optional(),
});

/** `GET /v1/owners/{id}/entries?kind&limit&cursor`: lines of the ledger, the newest first, as a page or as a file. */
export async function listEntries(call: Call, services: Services, ownerId: string): Promise<Reply | undefined> {
  const parsed = entriesQuery.safeParse(Object.fromEntries(call.query));
  if (!parsed.success) throw toValidationError(parsed.error);
  await findOwner(services, ownerId);
  const { kind = null, limit, cursor, format } = parsed.data;
  const list = [ownerId, kind];
  const after = cursor === undefined ? null : decodeCursor(cursor, list);
  const isCsv = wantsCsv(call, format);
  const size = limit ?? (isCsv ? MAX_CSV_ROWS : DEFAULT_PAGE);
  const { entries, next } = await readLines(services.documents, { ownerId, kind, after, size });
  const next_cursor = next === null ? null : encodeCursor({ ...next, from: BEGINNING_MS }, list);
  const lines = entries.map((document) => encodeLine(document, ownerId));
  if (!isCsv) return { status: 200, body: { data: lines, next_cursor } };
  const text = toCsvLine(columns) + lines.map((line) => toCsvLine(columns.map((name) => line[name]))).join('');
  await sendCsv(call, text, 'ledger', next_cursor);
  return undefined;
}

interface Lines {
  ownerId: string;
  kind: EntryKind | null;
  after: Place | null;
  size: number;
}

async function readLines(documents: Documents, { ownerId, kind, after, size }: Lines) {
  const entries: Document[] = [];
  let next = after;
  do {
    const limit = Math.min(size - entries.length, MAX_PAGE);
    const query = { ownerId, kind, start: null, end: null, after: next, limit, wanted: () => true };
    const page = await readEntries(documents, query);
    entries.push(...page.entries);
    next = page.next;
  } while (next !== null && entries.length < size);
  return { entries, next };
}

const columns = [
  'id',
  'created_at',
  'kind',
  'amount',
  'currency',
  'reference',
  'reason',
  'request_id',
  'key_id',
] as const;

function encodeLine(document: Document, ownerId: string) {
  const { id, kind, amount, currency, reference, reason, createdAt } = toEntry(document);
  const { request_id, key_id } = document.data;
  /** The request that an overage or a refund is about, or that a charge is of. */
  const about = kind === 'charge' ? id : (request_id ?? null);
  return {
    id,
    owner_id: ownerId,
    kind,
    amount: formatAmount(amount),
    currency,
    reference,
    reason,
    request_id: about === null ? null : String(about),
    key_id: key_id == null ? null : String(key_id),
    created_at: createdAt.toISOString(),
  };
}
