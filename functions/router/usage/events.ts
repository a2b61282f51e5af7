import { once } from 'node:events';
import { z } from 'zod';
import { documentId } from '../../core/document-id.ts';
import type { Document } from '../../core/documents.ts';
import { MeshError } from '../../core/errors.ts';
import { formatRate } from '../../core/fx.ts';
import { ENTRIES } from '../../core/ledger.ts';
import { formatAmount, parseAmount } from '../../core/money.ts';
import { chargeSums } from '../../core/rollups.ts';
import { toNanos } from '../../core/to-nanos.ts';
import { authenticate, authenticateReader } from '../authenticate.ts';
import { type Call, commonHeaders } from '../call.ts';
import { parseBody } from '../parse-body.ts';
import type { Router } from '../router.ts';
import type { Reply } from '../routes.ts';
import { toCsvLine } from './csv.ts';
import { decodeCursor, encodeCursor, type Place } from './cursor.ts';
import { rangeFields, toRange } from './range.ts';
import { type EntryQuery, readEntries } from './read-entries.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
/** Rows of one export; `x-mesh-next-cursor` says where the next one begins. */
export const MAX_CSV_ROWS = 10_000;
const MAX_NAME = 256;
const name = z.string().min(1).max(MAX_NAME).optional();

export const eventsBody = z.strictObject({
  ...rangeFields,
  owner_id: name,
  key_id: name,
  model: name,
  provider: name,
  outcome: name,
  basis: z.enum(['exact', 'estimated']).optional(),
  /** Ours, or the caller's own label. */
  request_id: name,
  /** Dollars. */
  min_cost: z.string().optional(),
  limit: z.int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
  cursor: z.string().max(1_024).optional(),
  format: z.enum(['json', 'csv']).default('json'),
});

/** `POST /v1/usage/events`: charges one by one, the newest first, page by page; or all of them as CSV. */
export async function queryEvents(call: Call, router: Router): Promise<Reply | undefined> {
  const key = await authenticateReader(call, router);
  const { limit, cursor, format, ...filters } = await parseBody(call, eventsBody);
  const ownerId = key?.ownerId ?? filters.owner_id;
  if (ownerId === undefined) {
    throw new MeshError('invalid_request_error', { param: 'owner_id', message: 'Say whose events are wanted.' });
  }
  const list = [ownerId, filters];
  const after = cursor === undefined ? null : decodeCursor(cursor, list);
  const range = toRange(filters, router.now());
  const query: EntryQuery = { ownerId, kind: 'charge', ...range, after, limit, wanted: toFilter(filters) };
  if (format === 'csv' || /\btext\/csv\b/.test(call.req.headers.accept ?? '')) {
    await exportEvents(call, router, query, list);
    return undefined;
  }
  const { entries, next } = await readEntries(router.documents, query);
  return {
    status: 200,
    body: { data: entries.map(encodeEvent), next_cursor: next === null ? null : encodeCursor(next, list) },
  };
}

/** `GET /v1/usage/events/{id}/attempts`: where a request was tried, in order. */
export async function getAttempts(call: Call, router: Router, requestId: string): Promise<Reply> {
  const key = await authenticateReader(call, router);
  const entry = await findCharge(router, requestId, key?.ownerId ?? null);
  const attempts = Array.isArray(entry.data.attempts) ? (entry.data.attempts as Record<string, unknown>[]) : [];
  return {
    status: 200,
    body: attempts.map(({ endpoint, outcome, provider_code, latency_ms }, at) => ({
      attempt: at + 1,
      endpoint,
      outcome,
      provider_code: provider_code ?? null,
      latency_ms: Number(latency_ms),
    })),
  };
}

/** `GET /v1/generation?id=`: one charge, in OpenRouter's words. */
export async function getGeneration(call: Call, router: Router): Promise<Reply> {
  const key = await authenticate(call, router.keys);
  const { data } = await findCharge(router, call.query.get('id') ?? '', key.ownerId);
  const { usd } = chargeSums({ id: '', version: '', data });
  const count = (field: string) => Number(data[field] ?? 0n);
  return {
    status: 200,
    body: {
      data: {
        id: data.entry_id,
        created_at: (data.created_at as Date).toISOString(),
        model: data.model,
        provider_name: data.provider,
        total_cost: Number(formatAmount(usd)),
        usage: Number(formatAmount(usd)),
        tokens_prompt: count('input_tokens'),
        tokens_completion: count('output_tokens'),
        native_tokens_prompt: count('input_tokens'),
        native_tokens_completion: count('output_tokens'),
        native_tokens_reasoning: count('reasoning_tokens'),
        native_tokens_cached: count('cache_read_tokens'),
        latency: count('first_token_ms'),
        generation_time: count('total_ms'),
        cancelled: data.outcome === 'client_gone',
        is_byok: false,
      },
    },
  };
}

/** Throws `not_found`, the same for another owner's charge as for one that does not exist. */
async function findCharge(router: Router, requestId: string, ownerId: string | null): Promise<Document> {
  const entry = requestId === '' ? null : await router.documents.get(ENTRIES, documentId(requestId));
  const isOthers = entry !== null && ownerId !== null && entry.data.owner_id !== ownerId;
  if (entry === null || isOthers || entry.data.kind !== 'charge') {
    throw new MeshError('not_found', { message: 'There is no such request.' });
  }
  return entry;
}

type Filters = Partial<Omit<z.output<typeof eventsBody>, 'limit' | 'cursor' | 'format'>>;

function toFilter({ key_id, model, provider, outcome, basis, request_id, min_cost }: Filters) {
  const least = min_cost === undefined ? null : parseAmount(min_cost, 'min_cost');
  const equal = Object.entries({ key_id, model, provider, outcome, basis }).filter(([, value]) => value !== undefined);
  return (entry: Document): boolean => {
    const { data } = entry;
    if (equal.some(([field, value]) => data[field] !== value)) return false;
    if (request_id !== undefined && data.entry_id !== request_id && data.label !== request_id) return false;
    return least === null || chargeSums(entry).usd >= least;
  };
}

function encodeEvent(entry: Document) {
  const { data } = entry;
  const { amount, usd, inr } = chargeSums(entry);
  const count = (field: string) => Number(data[field] ?? 0n);
  return {
    id: data.entry_id,
    label: data.label ?? null,
    created_at: (data.created_at as Date).toISOString(),
    owner_id: data.owner_id,
    key_id: data.key_id,
    requested_model: data.requested_model ?? null,
    model: data.model,
    provider: data.provider,
    endpoint: data.endpoint ?? null,
    region: data.region ?? null,
    outcome: data.outcome ?? null,
    prompt_tokens: count('input_tokens'),
    completion_tokens: count('output_tokens'),
    cached_tokens: count('cache_read_tokens'),
    cache_write_tokens: count('cache_write_tokens'),
    reasoning_tokens: count('reasoning_tokens'),
    cost: {
      currency: data.currency,
      amount: formatAmount(amount),
      usd: formatAmount(usd),
      inr: formatAmount(inr),
      fx_rate: formatRate(toNanos(data.fx_rate)),
      fx_as_of: data.fx_as_of,
      basis: data.basis ?? null,
    },
    overage: formatAmount(toNanos(data.overage)),
    refunded: formatAmount(typeof data.refunded === 'bigint' ? data.refunded : 0n),
    first_token_ms: count('first_token_ms'),
    total_ms: count('total_ms'),
    attempts: Array.isArray(data.attempts) ? data.attempts.length : 0,
    error: data.error ?? null,
  };
}

const columns = [
  'id',
  'label',
  'created_at',
  'key_id',
  'requested_model',
  'model',
  'provider',
  'region',
  'outcome',
  'prompt_tokens',
  'completion_tokens',
  'cached_tokens',
  'reasoning_tokens',
  'first_token_ms',
  'total_ms',
] as const;

/** Writes all pages as one file, at the client's pace. */
async function exportEvents(call: Call, router: Router, query: EntryQuery, list: unknown): Promise<void> {
  const { res, gone } = call;
  // How much there is has to be known before the first byte: it goes into a header.
  const pages: Document[] = [];
  let next: Place | null = query.after;
  do {
    const limit = Math.min(MAX_LIMIT, MAX_CSV_ROWS - pages.length);
    const page = await readEntries(router.documents, { ...query, after: next, limit });
    pages.push(...page.entries);
    next = page.next;
    gone.throwIfAborted();
  } while (next !== null && pages.length < MAX_CSV_ROWS);
  res.writeHead(200, {
    ...commonHeaders(call),
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': 'attachment; filename="usage.csv"',
    'x-mesh-truncated': String(next !== null),
    ...(next === null ? {} : { 'x-mesh-next-cursor': encodeCursor(next, list) }),
  });
  res.write(toCsvLine([...columns, 'currency', 'amount', 'usd', 'inr', 'basis']));
  for (const entry of pages) {
    const event = encodeEvent(entry);
    const { currency, amount, usd, inr, basis } = event.cost;
    const cells = [...columns.map((column) => event[column]), currency, amount, usd, inr, basis];
    if (!res.write(toCsvLine(cells as (string | number | null)[]))) await once(res, 'drain', { signal: gone });
  }
  res.end();
}
