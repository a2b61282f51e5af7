import { formatRate } from '../money/fx.ts';
import { formatAmount } from '../money/money.ts';
import type { Fields, Value } from '../store/documents.ts';
import type { Charge, Hold, Posting } from './holds.ts';

/**
 * What is told of a charge on the topic `usage`: ids, tokens, cost, times; never content. Consumers trust none of it but
 * `request_id`: what they count they read from the entry, which never changes.
 */
export interface UsageEvent {
  request_id: string;
  [fact: string]: unknown;
}

/** The event of a posted charge; `leaseId`: the lease that numbered it. Amounts and counters beyond 2⁵³ would not survive JSON, so money is decimal strings. */
export function toUsageEvent(hold: Hold, charge: Charge, posting: Posting, leaseId?: string): UsageEvent {
  return {
    ...(toJson(charge.facts) as Record<string, unknown>),
    request_id: hold.requestId,
    owner_id: hold.ownerId,
    key_id: hold.keyId,
    lease_id: leaseId,
    currency: hold.currency,
    amount: formatAmount(posting.amount),
    written_off: formatAmount(posting.writtenOff),
    fx_rate: formatRate(hold.fx.rate),
    fx_as_of: hold.fx.asOf,
    fx_source: hold.fx.source,
  };
}

/** Charges, or leases, that a message names at most. */
export const MAX_CHARGES_PER_MESSAGE = 50;

/** What a message on the topic `usage` holds. */
export interface UsageMessage {
  charges: UsageEvent[];
  [field: string]: unknown;
}

/** What is to be counted: charges by their requests, and all that is not counted yet of leases. Each once. */
export interface Names {
  requestIds: readonly string[];
  leaseIds: readonly string[];
  /** Of which leases the charges are, as the message says: nothing depends on it, but they can be read with the charges. */
  likelyLeaseIds?: readonly string[];
}

/** What became of a message's charges. */
export interface Counted {
  /** Counted now; those among them that the message does not name had lost theirs. */
  counted: number;
  /** Named, and counted before. */
  known: number;
  /** Named, and not charged at all. */
  ignored: number;
}

/**
 * The request ids in a message that may be anything: each once, at most `MAX_CHARGES_PER_MESSAGE`. A message about one charge
 * may also be that charge itself.
 */
export function requestIdsOf(data: unknown): string[] {
  const ids = chargesIn(data).map(requestIdOf);
  return [...new Set(ids.filter((id) => id !== null))];
}

/** What a message names that may be anything. The sweep's name leases that ended: `{ leases: [id] }`. */
export function namesIn(data: unknown): Names {
  const leases = typeof data === 'object' && data !== null && 'leases' in data ? data.leases : [];
  const named = Array.isArray(leases) ? leases.slice(0, MAX_CHARGES_PER_MESSAGE) : [];
  const leaseIds = [...new Set(named.filter((id) => typeof id === 'string' && id !== ''))];
  return { requestIds: requestIdsOf(data), leaseIds, likelyLeaseIds: likelyLeasesOf(chargesIn(data)) };
}

function chargesIn(data: unknown): unknown[] {
  const charges = typeof data === 'object' && data !== null && 'charges' in data ? data.charges : [data];
  return Array.isArray(charges) ? charges.slice(0, MAX_CHARGES_PER_MESSAGE) : [];
}

function likelyLeasesOf(charges: readonly unknown[]): string[] {
  const ids = charges.map((charge) => (charge as { lease_id?: unknown } | null)?.lease_id);
  return [...new Set(ids.filter((id): id is string => typeof id === 'string' && id !== ''))];
}

export function requestIdOf(charge: unknown): string | null {
  if (typeof charge !== 'object' || charge === null || !('request_id' in charge)) return null;
  return typeof charge.request_id === 'string' && charge.request_id !== '' ? charge.request_id : null;
}

function toJson(value: Value | Fields | undefined): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object' || value === null) return value;
  const fields: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) fields[name] = toJson(field);
  return fields;
}
