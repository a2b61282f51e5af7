import type { Fields, Value } from './documents.ts';
import { formatRate } from './fx.ts';
import type { Charge, Hold, Posting } from './ledger.ts';
import { formatAmount } from './money.ts';

/**
 * What is told of a charge on the topic `usage`: ids, tokens, cost, times; never content. Consumers trust none of it but
 * `request_id`: what they count they read from the entry, in the transaction that counts it.
 */
export interface UsageEvent {
  request_id: string;
  [fact: string]: unknown;
}

/** The event of a posted charge. Amounts and counters beyond 2⁵³ would not survive JSON, so money is decimal strings. */
export function toUsageEvent(hold: Hold, charge: Charge, posting: Posting): UsageEvent {
  return {
    ...(toJson(charge.facts) as Record<string, unknown>),
    request_id: hold.requestId,
    owner_id: hold.ownerId,
    key_id: hold.keyId,
    currency: hold.currency,
    amount: formatAmount(posting.amount),
    written_off: formatAmount(posting.writtenOff),
    fx_rate: formatRate(hold.fx.rate),
    fx_as_of: hold.fx.asOf,
    fx_source: hold.fx.source,
  };
}

/** The id in a message that may be anything; null where there is none. */
export function requestIdOf(data: unknown): string | null {
  if (typeof data !== 'object' || data === null || !('request_id' in data)) return null;
  return typeof data.request_id === 'string' && data.request_id !== '' ? data.request_id : null;
}

function toJson(value: Value | Fields | undefined): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, toJson(field)]));
}
