import { type Alert, alertWrite } from '../alerts/alerts.ts';
import {
  type Charge,
  costInNanos,
  type Hold,
  HoldResolved,
  type Posting,
  postWrites,
  splitCost,
} from '../ledger/holds.ts';
import { formatAmount, type Nanos } from '../money/money.ts';
import type { Write } from '../store/documents.ts';
import { growOpen } from './grow-lease.ts';
import { type HoldState, type LiveHold, resolveHold } from './hold-state.ts';
import { heed, ignoreClosed, type LeaseContext } from './lease-context.ts';
import { Refused } from './lease-queue.ts';
import type { Post } from './lease-step.ts';
import { LeaseClosed, LeaseUncertain } from './lease-store.ts';
import { serve } from './purse.ts';

/** What became of a charge: `lost` where the lease had ended before, so that nobody pays. */
export interface Posted extends Posting {
  lost: boolean;
}

/** Charges what a request cost and frees the rest of its hold; resolves when the store has confirmed it. */
export async function postHold(context: LeaseContext, hold: LiveHold, charge: Charge): Promise<Posted> {
  const { ports } = context;
  const state = resolveHold(hold);
  const { lease, purse } = state;
  const { amount: held } = hold;
  const cost = costInNanos(charge, hold);
  try {
    await untilHeld(state);
  } catch (error) {
    return lost(error, hold.requestId, cost);
  }
  try {
    // What was not foreseen comes from the lease, then from the balance, within caps.
    const beyond = cost - held;
    if (beyond > lease.free && beyond > 0n) {
      await growOpen(context, purse, lease, [], 0n, beyond - lease.free);
    }
    if (lease.outdated) await lease.trim();
  } catch (error) {
    // The charge cannot be made: the hold does not stay for ever.
    await endHold(state).catch(() => {});
    return lost(error, hold.requestId, cost);
  }
  const more = lease.free > 0n ? lease.free : 0n;
  const posting = splitCost(cost, held, more);
  const at = new Date(Math.max(ports.now(), Date.parse(lease.queue.lease.day)));
  const { charge: entry, others } = postWrites(hold, charge, posting, at);
  const alerts = posting.overage + posting.writtenOff > 0n ? [overageAlert(hold, posting, at)] : [];
  try {
    await endHold(state, [...others, ...alerts.map(alertWrite)], { charge: entry, spent: posting.amount });
  } catch (error) {
    return lost(error, hold.requestId, cost);
  }
  heed(context, { alerts });
  return { ...posting, lost: false };
}

/** Frees all of a hold. `also` is written with it. */
export async function voidHold(hold: LiveHold, also: readonly Write[]): Promise<void> {
  const state = resolveHold(hold);
  try {
    // Until its end is in the queue the request counts as running: a lease is not closed over it.
    await untilHeld(state);
    await endHold(state, also);
  } catch (error) {
    // What was never written needs no undoing; what its lease left behind is the sweep's.
    if (!(error instanceof Refused)) ignoreClosed(error);
  }
}

/** Resolves when a hold is in the store. One that never will be is free again in memory: nothing else knows of it. */
async function untilHeld({ lease, purse, amount, durable }: HoldState): Promise<void> {
  try {
    await durable;
  } catch (error) {
    lease.release(amount, 0n);
    serve(purse);
    throw error;
  }
}

/**
 * Ends a hold, in memory and by its lease's next commit, in one go. Whoever takes what is free then comes after that in the
 * queue, so that no commit holds both.
 */
function endHold(
  { lease, purse, amount }: HoldState,
  writes: readonly Write[] = [],
  post: Post | null = null,
): Promise<void> {
  lease.release(amount, post?.spent ?? 0n);
  const ended = lease.queue.write(writes, { held: -amount, running: -1 }, post);
  serve(purse);
  return ended;
}

/** The outcome of a charge whose lease had ended: nobody pays. Any other failure is a failure. */
function lost(error: unknown, requestId: string, cost: Nanos): Posted {
  if (error instanceof LeaseUncertain) throw error;
  if (error instanceof LeaseClosed) return { amount: 0n, overage: 0n, writtenOff: cost, lost: true };
  throw error instanceof Refused ? new HoldResolved(requestId) : error;
}

function overageAlert({ requestId, ownerId, keyId, currency }: Hold, posting: Posting, at: Date): Alert {
  return {
    kind: 'overage',
    subject: requestId,
    at,
    facts: {
      request_id: requestId,
      owner_id: ownerId,
      key_id: keyId,
      currency,
      overage: formatAmount(posting.overage),
      written_off: formatAmount(posting.writtenOff),
    },
  };
}
