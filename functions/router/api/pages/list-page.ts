import { z } from 'zod';
import { type Document, type Documents, type Filter, MAX_QUERY_DOCUMENTS } from '../../../core/store/documents.ts';
import { toValidationError } from '../../../formats/shared/validation-error.ts';
import type { Call } from '../../http/call.ts';
import type { HeaderList, Reply } from '../../http/route.ts';
import { decodePlace, encodePlace } from './cursor-text.ts';

/** Of a page, where a cursor is given and no limit. */
export const DEFAULT_LIST_PAGE = 100;
/** Also of a list that is asked for without either. */
export const MAX_LIST_PAGE = MAX_QUERY_DOCUMENTS;
const MAX_CURSOR = 1_024;

/** Comes after every other text. */
export const LAST_TEXT = '\u{10ffff}';

/** What a list takes in its query, beside its own filters. */
export const pageFields = {
  limit: z
    .stringFormat('count', /^\d{1,9}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(MAX_LIST_PAGE))
    .optional(),
  cursor: z.string().max(MAX_CURSOR).optional(),
};

/** What a list answers: a page where `limit` or `cursor` is named, else the bare array that it was before it had pages. */
export function pageReply(row: z.ZodType) {
  const rows = z.array(z.union([row, damagedRow]));
  return z.union([rows, z.object({ data: rows, next_cursor: z.string().nullable() })]);
}

/** Stands for a document that cannot be read, so that the others of its list can be. */
const damagedRow = z.object({ id: z.string(), damaged: z.literal(true) });

export const pageHeaders: HeaderList = {
  Link: 'Where there is more: `<…>; rel="next"`, the next page.',
};

export const pageDescription =
  `With \`limit\` (1 to ${MAX_LIST_PAGE}) or \`cursor\` the answer is \`{data, next_cursor}\`: pass \`next_cursor\` as ` +
  `\`cursor\` until it is null. Without them it is an array of the first ${MAX_LIST_PAGE}. Either way a \`Link\` with ` +
  '`rel="next"` leads to the page that follows. Rows are in the order of their ids; what is made meanwhile moves none of them. ' +
  'One whose document in the store cannot be read is `{id, damaged: true}`.';

export interface List {
  collection: string;
  /** Text, and different in each document: lists are ordered by it. */
  field: string;
  /** The field of a row's id, where lists are ordered by another. */
  id?: string;
  /** The last of that order first. Default: the first. */
  isNewestFirst?: boolean;
  where: readonly Filter[];
  /** What a row is; one that is anything else is said to be damaged. */
  row: z.ZodType;
  /** Reads what the rows of a page have in common, and gives what writes one of them. May throw for that one. */
  encoder(rows: readonly Document[]): RowEncoder | Promise<RowEncoder>;
}

export type RowEncoder = (row: Document) => unknown;

interface Page {
  rows: Document[];
  /** The last row's, where there are more. */
  next: string | null;
}

/** Of a list without filters. */
export const pagesQuery = z.object(pageFields);

/** Answers a call for a list. Throws `invalid_request_error` for a limit or a cursor that is none. */
export async function listPage(call: Call, documents: Pick<Documents, 'query'>, list: List): Promise<Reply> {
  const parsed = pagesQuery.safeParse(Object.fromEntries(call.query));
  if (!parsed.success) throw toValidationError(parsed.error);
  const { limit, cursor } = parsed.data;
  const { collection, where } = list;
  const name = [collection, ...where.map(({ field, op, value }) => [field, op, String(value)])];
  const begin = list.isNewestFirst ? LAST_TEXT : '';
  const after = cursor === undefined ? begin : decodePlace(cursor, name, parsePlace)[0];
  const isBare = limit === undefined && cursor === undefined;
  const size = limit ?? (isBare ? MAX_LIST_PAGE : DEFAULT_LIST_PAGE);
  const { rows, next } = await readPage(documents, list, after, size);
  const encode = await list.encoder(rows);
  const data = rows.map((row) => encodeRow(row, encode, list));
  const next_cursor = next === null ? null : encodePlace([next], name);
  return {
    status: 200,
    body: isBare ? data : { data, next_cursor },
    headers: next_cursor === null ? {} : { link: `<${linkTo(call, size, next_cursor)}>; rel="next"` },
  };
}

function encodeRow(row: Document, encode: RowEncoder, { field, id = field, row: schema }: List): unknown {
  try {
    const encoded = encode(row);
    if (schema.safeParse(encoded).success) return encoded;
  } catch {
    // Whoever reads the list is told which one it is.
  }
  return { id: String(row.data[id]), damaged: true };
}

/** Where a page is full it is looked whether there is more, so that no `next` leads to an empty page. */
async function readPage(documents: Pick<Documents, 'query'>, list: List, after: string, size: number): Promise<Page> {
  const { collection, field, where, isNewestFirst = false } = list;
  const find = (from: string, limit: number) =>
    documents.query({
      collection,
      where: [...where, { field, op: isNewestFirst ? '<' : '>', value: from }],
      orderBy: { field, direction: isNewestFirst ? 'desc' : 'asc' },
      limit,
    });
  const rows = await find(after, size);
  const last = rows.at(-1);
  if (last === undefined || rows.length < size) return { rows, next: null };
  const place = String(last.data[field]);
  return { rows, next: (await find(place, 1)).length > 0 ? place : null };
}

function parsePlace(written: unknown[]): [string] | null {
  const [after] = written;
  return written.length === 1 && typeof after === 'string' ? [after] : null;
}

/** Relative to where the call went, so that it holds behind any proxy. */
function linkTo({ path, query }: Call, limit: number, cursor: string): string {
  const next = new URLSearchParams(query);
  next.set('limit', String(limit));
  next.set('cursor', cursor);
  return `${path}?${next}`;
}
