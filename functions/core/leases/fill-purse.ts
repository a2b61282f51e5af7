import { MeshError } from '../errors.ts';
import type { ClaimWrite } from '../ledger/claims.ts';
import type { Nanos } from '../money/money.ts';
import { ExpectationFailed, StoreUnavailable } from '../store/documents.ts';
import type { Want } from './allotment.ts';
import { getMore } from './grow-lease.ts';
import { isScarce, type LeaseContext, tidy } from './lease-context.ts';
import type { Grown } from './lease-grant.ts';
import { LeaseClosed } from './lease-store.ts';
import type { LiveLease } from './live-lease.ts';
import { makeRoom, reservedOf } from './make-room.ts';
import { type Purse, runsLow, serve } from './purse.ts';
import { type Refusal, refusalError } from './refusal.ts';
import { Refused } from './refused.ts';

/** How long a request waits for the store to grant what it needs. */
export const GRANT_WAIT_MS = 10_000;
const GRANT_RETRY_MS = 100;
/** How long a request waits for other instances to give back what they do not need. */
export const RECALL_WAIT_MS = 2_000;
/** Requests of one key that may wait for money at once. */
export const MAX_WAITING = 10_000;

/**
 * Waits for the money that is wanted: whoever comes first in the queue and fits gets it. `make` begins with it; `isHeld`: it was
 * held when the lease was opened.
 */
export function wait<T>(
  context: LeaseContext,
  purse: Purse,
  want: Want,
  claim: ClaimWrite | null,
  make: (lease: LiveLease, taken: Nanos, isHeld: boolean) => T,
): Promise<T> {
  const { ports } = context;
  if (context.closing || purse.waiters.size >= MAX_WAITING) {
    throw new MeshError('provider_not_available', { message: 'Too many requests wait.', retryAfterSeconds: 1 });
  }
  return new Promise((resolve, reject) => {
    purse.waiters.add({
      want,
      claim,
      take(lease) {
        const taken = lease.take(want, true);
        if (taken === null) return false;
        resolve(make(lease, taken, false));
        return true;
      },
      begin: (lease, held) => resolve(make(lease, held, true)),
      reject,
      since: ports.monotonic(),
      refusedAt: null,
    });
    void fill(context, purse);
  });
}

/** Gets more for a busy key before somebody has to wait. */
export function fetchAhead(context: LeaseContext, purse: Purse): void {
  const { ports } = context;
  if (purse.filling || context.closing || isScarce(context, purse.ownerId)) return;
  if (runsLow(purse, ports.monotonic())) void fill(context, purse);
}

/** Gets money for those who wait, and some ahead for a busy key. One runs for each key. */
async function fill(context: LeaseContext, purse: Purse): Promise<void> {
  if (purse.filling) return;
  purse.filling = true;
  try {
    do await fillOnce(context, purse);
    while (purse.waiters.size > 0);
  } catch (error) {
    rejectAll(purse, error as Error);
  } finally {
    purse.filling = false;
    tidy(context, purse);
  }
}

/** One round: a grant, those that it serves, and what can be done for the others. */
async function fillOnce(context: LeaseContext, purse: Purse): Promise<void> {
  const { ports } = context;
  try {
    const grown = await getMore(context, purse);
    serve(purse);
    if (grown?.refusal && purse.waiters.size > 0) await refuse(context, purse, grown, grown.refusal);
  } catch (error) {
    // The lease ended before it grew, or who was to begin with it was refused: the next one is opened.
    if (error instanceof LeaseClosed || error instanceof Refused) return;
    if (!(error instanceof StoreUnavailable || error instanceof ExpectationFailed)) throw error;
    giveUpOld(context, purse, error);
    if (purse.waiters.size > 0) await ports.pause(GRANT_RETRY_MS);
  }
}

/** Those who cannot be served: whoever has waited long enough is refused, for the others money is looked for. */
async function refuse(context: LeaseContext, purse: Purse, grown: Grown, refusal: Refusal): Promise<void> {
  const { ports } = context;
  const at = ports.monotonic();
  for (const waiter of purse.waiters) waiter.refusedAt ??= at;
  const mayComeBack = await makeRoom(context, purse, grown, refusal);
  const late = [...purse.waiters].filter(
    ({ refusedAt }) => !mayComeBack || (refusedAt !== null && ports.monotonic() - refusedAt >= RECALL_WAIT_MS),
  );
  if (late.length === 0) return;
  const reserved = await reservedOf(context, purse.ownerId);
  for (const waiter of late) {
    if (!purse.waiters.delete(waiter)) continue;
    waiter.reject(
      refusalError(refusal, waiter.want.least ?? waiter.want.amount, purse.currency, reserved, ports.now()),
    );
  }
}

/** Those who have waited too long for the store get `error`; where this instance closes, all of them. */
export function giveUpOld(context: LeaseContext, purse: Purse, error: Error): void {
  const { ports } = context;
  const at = ports.monotonic();
  for (const waiter of purse.waiters) {
    if (!context.closing && at - waiter.since < GRANT_WAIT_MS) continue;
    purse.waiters.delete(waiter);
    waiter.reject(error);
  }
}

function rejectAll(purse: Purse, error: Error): void {
  for (const { reject } of purse.waiters) reject(error);
  purse.waiters.clear();
}
