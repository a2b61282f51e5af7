import { MeshError } from '../errors.ts';
import type { CapWindow } from '../ledger/spending.ts';
import { type Currency, formatAmount, type Nanos } from '../money/money.ts';

/** Why a lease was not granted what a request wants. */
export interface Refusal {
  reason: 'balance' | 'key_cap' | 'owner_cap' | 'end_user_cap' | 'key_concurrency' | 'owner_concurrency';
  /** What could still be granted. */
  room: Nanos;
  /** Of a cap: its window, and when that ends in Unix milliseconds (null for a total). */
  window: CapWindow | null;
  resetsAt: number | null;
  /** Of a limit of concurrent requests. */
  limit: number | null;
}

/**
 * The error that a waiting request gets. `amount`: what it wanted; `reserved`: what running requests may still give back; `now`:
 * Unix milliseconds, store's clock.
 */
export function refusalError(
  refusal: Refusal,
  amount: Nanos,
  currency: Currency,
  reserved: Nanos,
  now: number,
): MeshError {
  const details = {
    ...describeRefusal(refusal, currency),
    required: formatAmount(amount),
    reserved: formatAmount(reserved),
  };
  if (refusal.limit !== null) {
    return new MeshError('rate_limit_exceeded', {
      message: `${refusal.limit} requests may run at once (concurrency of the ${details.scope}).`,
      details,
      retryAfterSeconds: 1,
    });
  }
  const { room, reason, window, resetsAt } = refusal;
  const scope = reason.replace('_cap', '').replace('_', ' ');
  const resets = resetsAt === null ? '' : ` (resets ${formatMinute(resetsAt)})`;
  const why = window === null ? '' : ` The ${scope}'s ${window} cap does not cover it${resets}.`;
  return new MeshError('spend_limit_exceeded', {
    message: `This request may cost up to ${formatAmount(amount)} ${currency}; ${formatAmount(room)} ${currency} is available.${why}`,
    details,
    ...(resetsAt === null ? {} : { retryAfterSeconds: Math.max(1, Math.ceil((resetsAt - now) / 1_000)) }),
  });
}

/** `2026-11-24 00:00 UTC`, as tools look for it in a text. `at`: Unix milliseconds. */
export function formatMinute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** What a refusal says of itself, for `details` of an error. */
function describeRefusal({ reason, room, window, resetsAt, limit }: Refusal, currency: Currency) {
  return {
    reason: reason.endsWith('concurrency') ? 'concurrency' : reason,
    currency,
    available: formatAmount(room),
    ...(window === null ? {} : { window }),
    ...(limit === null ? { resets_at: resetsAt === null ? null : new Date(resetsAt).toISOString() } : {}),
    ...(limit === null ? {} : { limit, scope: reason.slice(0, reason.indexOf('_')) }),
  };
}
