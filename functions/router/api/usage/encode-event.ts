import { chargeSums } from '../../../core/ledger/rollups.ts';
import { formatRate } from '../../../core/money/fx.ts';
import { formatAmount } from '../../../core/money/money.ts';
import { toNanos } from '../../../core/money/to-nanos.ts';
import type { Document, Value } from '../../../core/store/documents.ts';
import type { BriefDecision } from '../../way/brief-decision.ts';
import type { Cell } from './csv.ts';

/** A request, charged or failed, as its owner reads it: ids, counts, times and money, never content. */
export function encodeEvent(charge: Document) {
  const { data } = charge;
  const { amount, usd, inr } = chargeSums(charge);
  const text = (field: string) => (typeof data[field] === 'string' ? data[field] : null);
  const count = (field: string) => Number(data[field] ?? 0n);
  return {
    id: String(data.entry_id),
    label: text('label'),
    end_user: text('end_user'),
    created_at: (data.created_at as Date).toISOString(),
    started_at: data.started_at instanceof Date ? data.started_at.toISOString() : null,
    owner_id: String(data.owner_id),
    key_id: String(data.key_id),
    requested_model: text('requested_model'),
    model: text('model'),
    provider: text('provider'),
    endpoint: text('endpoint'),
    region: text('region'),
    own_key: text('own_key'),
    outcome: text('outcome'),
    finish_reason: text('finish_reason'),
    streamed: typeof data.streamed === 'boolean' ? data.streamed : null,
    surface: text('surface'),
    session: text('session'),
    client: text('client'),
    metadata: toMetadata(data.metadata),
    basis: text('basis'),
    prompt_tokens: count('input_tokens'),
    completion_tokens: count('output_tokens'),
    total_tokens: count('input_tokens') + count('output_tokens'),
    cached_tokens: count('cache_read_tokens'),
    cache_write_tokens: count('cache_write_tokens'),
    reasoning_tokens: count('reasoning_tokens'),
    cost: {
      currency: String(data.currency),
      amount: formatAmount(amount),
      usd: formatAmount(usd),
      inr: formatAmount(inr),
      fx_rate: formatRate(toNanos(data.fx_rate)),
      fx_as_of: String(data.fx_as_of),
      basis: text('basis'),
    },
    held: data.held === undefined ? null : formatAmount(toNanos(data.held)),
    overage: formatAmount(toNanos(data.overage)),
    refunded: formatAmount(data.refunded === undefined ? 0n : toNanos(data.refunded)),
    queue_ms: count('queue_ms'),
    hold_ms: count('hold_ms'),
    // Where none came, its client waited for it to the end.
    first_token_ms: count(data.first_token_ms === undefined ? 'total_ms' : 'first_token_ms'),
    total_ms: count('total_ms'),
    attempts: Array.isArray(data.attempts) ? data.attempts.length : 0,
    error: text('error'),
    provider_code: text('provider_code'),
    decision: toDecision(data.decision),
  };
}

/** What a request's caller wanted kept; null where that is nothing. */
export function toMetadata(text: Value | undefined): Readonly<Record<string, string>> | null {
  return typeof text === 'string' ? (JSON.parse(text) as Record<string, string>) : null;
}

/** Kept as text, so that it has a bound. */
function toDecision(text: Value | undefined): BriefDecision | null {
  return typeof text === 'string' ? (JSON.parse(text) as BriefDecision) : null;
}

const columns = [
  'id',
  'label',
  'created_at',
  'started_at',
  'owner_id',
  'key_id',
  'requested_model',
  'model',
  'provider',
  'endpoint',
  'region',
  'outcome',
  'finish_reason',
  'streamed',
  'surface',
  'session',
  'basis',
  'prompt_tokens',
  'completion_tokens',
  'total_tokens',
  'cached_tokens',
  'cache_write_tokens',
  'reasoning_tokens',
  'overage',
  'refunded',
  'queue_ms',
  'hold_ms',
  'first_token_ms',
  'total_ms',
  'attempts',
  'error',
  'provider_code',
  'end_user',
  'client',
  'own_key',
  'held',
] as const;
const costColumns = ['currency', 'amount', 'usd', 'inr', 'fx_rate', 'fx_as_of'] as const;

/** The header row of events as CSV. */
export const eventColumns: readonly string[] = [...columns, ...costColumns];

function toCell(value: string | number | boolean | null): Cell {
  return typeof value === 'boolean' ? String(value) : value;
}

/** The cells of an event, in the order of `eventColumns`. */
export function toEventCells(charge: Document): Cell[] {
  const event = encodeEvent(charge);
  return [...columns.map((name) => toCell(event[name])), ...costColumns.map((name) => event.cost[name])];
}
