import { z } from 'zod';
import { MeshError } from '../../../core/errors.ts';
import { chargeSums } from '../../../core/ledger/rollups.ts';
import { type Nanos, parseAmount } from '../../../core/money/money.ts';
import { billingBases } from '../../../core/routing/believed-usage.ts';
import type { Document } from '../../../core/store/documents.ts';
import { toValidationError } from '../../../formats/shared/validation-error.ts';
import { type Reader, toOwnerId, toReader } from '../../access/actor.ts';
import { findKey } from '../../access/find-key.ts';
import type { Call } from '../../http/call.ts';
import { parseBody } from '../../http/parse-body.ts';
import { replyIfNew } from '../../http/reply-if-new.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { sendCsv, toCsvLine, wantsCsv } from './csv.ts';
import { type Cursor, decodeCursor, encodeCursor, type Place } from './cursor.ts';
import { encodeEvent, eventColumns, toEventCells } from './encode-event.ts';
import { entryFilterFields, toEntryFilter } from './entry-filter.ts';
import { findRequest, getRequest } from './find-charge.ts';
import { meshEvents } from './mesh-events.ts';
import { rangeFields, toRange } from './range.ts';
import { type EntryPage, type EntryQuery, MAX_SCANNED } from './read-entries.ts';
import { readEvents } from './read-events.ts';

export const DEFAULT_PAGE = 50;
export const MAX_PAGE = 200;
/** Rows of one CSV file; its cursor is in `x-mesh-next-cursor`. */
export const MAX_CSV_ROWS = 10_000;
/** Lines looked at for one CSV file, however few of them are wanted. */
const MAX_CSV_SCANNED = 50_000;
export const MAX_CURSOR = 1_024;
const MAX_NAME = 256;
/** Models that are asked for at once. */
const MAX_MODELS = 50;
const name = z.string().min(1).max(MAX_NAME).optional();

export const eventsBody = z.strictObject({
  ...rangeFields,
  owner_id: name,
  key_id: name,
  model: z
    .union([z.string().min(1).max(MAX_NAME), z.array(z.string().min(1).max(MAX_NAME)).max(MAX_MODELS)])
    .optional(),
  provider: name,
  ...entryFilterFields,
  basis: z.enum(billingBases).optional(),
  /** Ours, or the caller's own label. */
  request_id: name,
  /** Dollars. */
  min_cost: z.string().optional(),
  /** Of a page, `DEFAULT_PAGE` where nothing is said; a CSV file is one page of at most `MAX_CSV_ROWS`. */
  limit: z.int().min(1).max(MAX_PAGE).optional(),
  cursor: z.string().max(MAX_CURSOR).optional(),
  format: z.enum(['json', 'csv']).optional(),
  /** What Mesh API's clients say instead of `owner_id`, `start`, `end` and `cursor`; they get another shape. */
  org_id: z.string().max(MAX_NAME).nullish(),
  since: rangeFields.start.nullish(),
  until: rangeFields.end.nullish(),
  offset: z.int().min(0).max(MAX_SCANNED).optional(),
});
type EventQuery = Omit<EntryQuery, 'kind' | 'collection'>;
type EventsBody = z.output<typeof eventsBody>;
type Filters = Omit<EventsBody, 'limit' | 'cursor' | 'format' | 'org_id' | 'since' | 'until' | 'offset'>;

/** What `GET` takes of it, in its address. */
export const eventsQuery = eventsBody
  .omit({ format: true, org_id: true, since: true, until: true, offset: true, metadata: true })
  .extend({
    model: name,
    streamed: z
      .enum(['true', 'false'])
      .transform((text) => text === 'true')
      .optional(),
    limit: z
      .stringFormat('count', /^\d{1,9}$/)
      .transform(Number)
      .pipe(z.int().min(1).max(MAX_PAGE))
      .optional(),
  });

/** `GET /v1/usage/events`: a page as `POST` answers it, which is not sent again to whoever has it. */
export async function listEvents(call: Call, services: Services): Promise<Reply> {
  const reader = await toReader(call, services);
  const parsed = eventsQuery.safeParse(Object.fromEntries(call.query));
  if (!parsed.success) throw toValidationError(parsed.error);
  const { limit = DEFAULT_PAGE, cursor, ...filters } = parsed.data;
  const list = await toList(call, services, reader, filters, cursor);
  const page = await encodePage(services, list, limit);
  // A cursor says when its list began, which is another time with each answer: the one that is known leads on as well.
  return replyIfNew(call, page, { ...page, next_cursor: page.next_cursor !== null });
}

/** `POST /v1/usage/events`: requests one by one, charged or failed, the newest first, page by page or as a CSV file. */
export async function queryEvents(call: Call, services: Services): Promise<Reply | undefined> {
  const reader = await toReader(call, services);
  const { limit, cursor, format, org_id, since, until, offset, ...own } = await parseBody(call, eventsBody);
  const isMesh = [org_id, since, until, offset].some((field) => field !== undefined);
  const filters = {
    ...own,
    start: own.start ?? since ?? undefined,
    end: own.end ?? until ?? undefined,
    owner_id: own.owner_id ?? (org_id || undefined),
  };
  const list = await toList(call, services, reader, filters, cursor);
  if (isMesh) {
    const page = { offset: offset ?? 0, limit: limit ?? DEFAULT_PAGE };
    return { status: 200, body: await meshEvents(services.documents, list.query, page) };
  }
  if (wantsCsv(call, format)) {
    const { text, place } = await toCsv(call, services, { ...list.query, limit: limit ?? MAX_CSV_ROWS }, filters);
    await sendCsv(call, text, 'events', list.cursorOf(place));
    return undefined;
  }
  return { status: 200, body: await encodePage(services, list, limit ?? DEFAULT_PAGE) };
}

/** A list of events from one of its places on. */
interface EventList {
  filters: Filters;
  query: Omit<EventQuery, 'limit'>;
  cursorOf(place: Place | null): string | null;
}

async function toList(
  call: Call,
  services: Services,
  reader: Reader,
  filters: Filters,
  cursor: string | undefined,
): Promise<EventList> {
  const ownerId = await findReadOwner(call, services, reader, filters);
  const list = [ownerId, filters];
  const after = cursor === undefined ? null : decodeCursor(cursor, list);
  const query = toQuery(ownerId, filters, after, services.now());
  const cursorOf = (place: Place | null) =>
    place === null ? null : encodeCursor({ ...place, from: query.start.getTime() }, list);
  return { filters, query, cursorOf };
}

/** Whose requests are wanted. Each owner's are an index of their own: the administration names the owner, or what is of one alone. */
async function findReadOwner(call: Call, services: Services, reader: Reader, filters: Filters): Promise<string> {
  const ownerId = await toOwnerId(services, reader, filters.owner_id);
  if (ownerId !== null) return ownerId;
  const { key_id, request_id } = filters;
  if (key_id !== undefined) return String((await findKey(call, services, key_id)).data.owner_id);
  if (request_id !== undefined) return String((await getRequest(services.documents, request_id, null)).data.owner_id);
  const message = 'Say whose events are wanted: by an owner, a key or a request.';
  throw new MeshError('invalid_request_error', { param: 'owner_id', message });
}

async function encodePage(services: Services, { query, filters, cursorOf }: EventList, limit: number) {
  const { entries, next, scanned } = await readPage(services, { ...query, limit }, filters);
  return {
    data: entries.map(encodeEvent),
    next_cursor: cursorOf(next),
    scanned,
    scanned_to: next === null ? null : new Date(next.at).toISOString(),
  };
}

function toQuery(ownerId: string, filters: Filters, after: Cursor | null, now: number) {
  const { start, end } = toRange(filters, now);
  return {
    ownerId,
    start: after === null ? start : new Date(after.from),
    // Where no end is named there is none: another instance's clock may be a little ahead of ours.
    end: filters.end === undefined ? null : end,
    after,
    session: filters.session ?? null,
    keyId: filters.key_id ?? null,
    wanted: toFilter(filters),
  };
}

/** A request of ours is looked up by its id; nothing else is: what the caller calls a label may be on many. */
async function readPage(services: Services, query: EventQuery, filters: Filters): Promise<EntryPage> {
  const { request_id } = filters;
  if (request_id !== undefined && query.after === null) {
    const charge = await findRequest(services.documents, request_id, query.ownerId);
    if (charge !== null) {
      const entries = isNamedTime(charge, query, filters) && query.wanted(charge) ? [charge] : [];
      return { entries, next: null, scanned: 1 };
    }
  }
  return readEvents(services.documents, query);
}

/** Whether a charge is of the time that the caller has named, if any. */
function isNamedTime({ data }: Document, { start, end }: EventQuery, filters: Filters): boolean {
  const at = data.created_at as Date;
  if (filters.start !== undefined && start !== null && at < start) return false;
  return end === null || at < end;
}

function toFilter(filters: Filters) {
  const { key_id, model, provider, basis, request_id, min_cost } = filters;
  const least = min_cost === undefined ? null : toLeast(min_cost);
  const equal = Object.entries({ key_id, provider, basis }).filter(([, value]) => value !== undefined);
  const models = model === undefined || model.length === 0 ? null : [model].flat();
  const isAlike = toEntryFilter(filters);
  return (charge: Document): boolean => {
    const { data } = charge;
    if (equal.some(([field, value]) => data[field] !== value)) return false;
    if (models !== null && !models.includes(String(data.model))) return false;
    if (isAlike !== null && !isAlike(charge)) return false;
    if (request_id !== undefined && data.entry_id !== request_id && data.label !== request_id) return false;
    return least === null || chargeSums(charge).usd >= least;
  };
}

function toLeast(text: string): Nanos {
  return /^0+(\.0+)?$/.test(text) ? 0n : parseAmount(text, 'min_cost');
}

/**
 * The whole file as text, page by page, before its first byte is sent: only then is it known whether it is all there is, which a
 * header says, and a store that fails halfway is an error and not a file that looks complete.
 */
async function toCsv(
  call: Call,
  services: Services,
  query: EventQuery,
  filters: Filters,
): Promise<{ text: string; place: Place | null }> {
  const lines: string[] = [];
  let place = query.after;
  let scanned = 0;
  do {
    const limit = query.limit - lines.length;
    const page = await readPage(services, { ...query, after: place, limit }, filters);
    lines.push(...page.entries.map((charge) => toCsvLine(toEventCells(charge))));
    scanned += page.scanned;
    place = page.next;
    call.gone.throwIfAborted();
  } while (place !== null && lines.length < query.limit && scanned < MAX_CSV_SCANNED);
  return { text: toCsvLine(eventColumns) + lines.join(''), place };
}
