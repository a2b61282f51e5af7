import { type Alert, alertWrite } from '../alerts/alerts.ts';
import {
  type Charge,
  costInNanos,
  type Hold,
  HoldResolved,
  type Posting,
  postWrites,
  splitCost,
  voidWrite,
} from '../ledger/holds.ts';
import { formatAmount, type Nanos } from '../money/money.ts';
import type { Write } from '../store/documents.ts';
import { growOpen } from './grow-lease.ts';
import { type HoldState, type LiveHold, resolveHold } from './hold-state.ts';
import { heed, ignoreClosed, type LeaseContext } from './lease-context.ts';
import { Refused } from './lease-queue.ts';
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
  const { lease, purse, durable } = state;
  const { amount: held } = hold;
  const cost = costInNanos(charge, hold);
  try {
    await durable;
    // What was not foreseen comes from the lease, then from the balance, within caps.
    const beyond = cost - held;
    if (beyond > lease.free && beyond > 0n) {
      await growOpen(context, purse, lease, [], 0n, beyond - lease.free);
    }
    if (lease.outdated) await lease.trim();
  } catch (error) {
    lease.release(held, 0n);
    if (!isEnd(error)) await takeAway(state);
    return lost(error, hold.requestId, cost);
  }
  const more = lease.free > 0n ? lease.free : 0n;
  const posting = splitCost(cost, held, more);
  lease.release(held, posting.amount);
  serve(purse);
  const at = new Date(Math.max(ports.now(), Date.parse(lease.queue.lease.day)));
  const { charge: entry, others } = postWrites(hold, charge, posting, at);
  const alerts = posting.overage + posting.writtenOff > 0n ? [overageAlert(hold, posting, at)] : [];
  try {
    const post = { charge: entry, spent: posting.amount };
    await lease.queue.write([...others, ...alerts.map(alertWrite)], post, [voidWrite(hold)]);
  } catch (error) {
    return lost(error, hold.requestId, cost);
  }
  heed(context, { alerts });
  return { ...posting, lost: false };
}

/** Frees all of a hold. `also` is written with it. */
export async function voidHold(hold: LiveHold, also: readonly Write[]): Promise<void> {
  const { lease, purse, durable } = resolveHold(hold);
  try {
    // Until its end is in the queue the request counts as running: a lease is not closed over it.
    await durable.finally(() => lease.release(hold.amount, 0n));
    serve(purse);
    await lease.queue.write([voidWrite(hold), ...also], null, [voidWrite(hold)]);
  } catch (error) {
    // What was never written needs no undoing; what its lease left behind is the sweep's.
    if (!(error instanceof Refused)) ignoreClosed(error);
  }
}

/** Takes away a hold whose charge cannot be made, so that it does not stay for ever. */
function takeAway(hold: HoldState): Promise<void> {
  return hold.lease.queue.write([voidWrite(hold)], null, [voidWrite(hold)]).catch(() => {});
}

/** Whether an error says that there is no hold any more that could be taken away. */
function isEnd(error: unknown): boolean {
  return error instanceof LeaseClosed || error instanceof Refused;
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
