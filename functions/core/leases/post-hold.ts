import { type Alert, alertWrite } from '../alerts/alerts.ts';
import { chargeExpiry } from '../ledger/charge-life.ts';
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
import { ExpectationFailed, StoreUnavailable, type Write } from '../store/documents.ts';
import { growOpen } from './grow-lease.ts';
import { type HoldState, type LiveHold, resolveHold } from './hold-state.ts';
import { forget, heed, ignoreClosed, type LeaseContext, type LeasePorts, retire } from './lease-context.ts';
import type { Closed } from './lease-return.ts';
import type { Post } from './lease-step.ts';
import { LeaseClosed, LeaseUncertain } from './lease-store.ts';
import { isQuiet, serve } from './purse.ts';
import { Refused } from './refused.ts';
import { createSettle, type MadePost, type Settlement } from './settle-lease.ts';

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
    await untilHeld(state, hold.confirm());
  } catch (error) {
    return lost(error, hold.requestId, cost);
  }
  const split = () => splitCost(cost, held, lease.free > 0n ? lease.free : 0n);
  if (endsLease(context, state) && split().writtenOff === 0n) {
    const posting = split();
    const post = (at: Date) => postAt(ports, hold, charge, posting, at);
    return settle(context, state, posting.amount, post, []).then(
      () => ({ ...posting, lost: false }),
      (error) => lost(error, hold.requestId, cost),
    );
  }
  try {
    // What was not foreseen comes from the lease, then from the balance, within caps.
    const beyond = cost - held;
    if (beyond > lease.free && beyond > 0n) {
      await growOpen(context, purse, lease, () => ({ wants: [], ahead: 0n, owed: beyond - lease.free }));
    }
    if (lease.outdated) await lease.trim();
  } catch (error) {
    // The charge cannot be made: the hold does not stay for ever.
    await endHold(state).catch(() => {});
    return lost(error, hold.requestId, cost);
  }
  const posting = split();
  const at = new Date(Math.max(ports.now(), Date.parse(lease.queue.lease.day)));
  const { others, alerts, ...post } = postAt(ports, hold, charge, posting, at);
  try {
    await endHold(state, [...others, ...alerts.map(alertWrite)], post);
  } catch (error) {
    return lost(error, hold.requestId, cost);
  }
  heed(context, { alerts });
  return { ...posting, lost: false };
}

/** Whether an error says nothing of what became of a transaction, nor that it should be tried until that is known. */
function isUnknown(error: unknown): boolean {
  return ![LeaseClosed, Refused, StoreUnavailable, ExpectationFailed].some((each) => error instanceof each);
}

/** All that a charge writes, and what somebody should hear of. */
function postAt({ entryDays }: LeasePorts, hold: Hold, charge: Charge, posting: Posting, at: Date): MadePost {
  const { charge: entry, others } = postWrites(hold, charge, posting, at, chargeExpiry(at, entryDays ?? 0));
  const alerts = posting.overage + posting.writtenOff > 0n ? [overageAlert(hold, posting, at)] : [];
  return { charge: entry, spent: posting.amount, others, alerts };
}

/** Frees all of a hold. `also` is written with it. */
export async function voidHold(context: LeaseContext, hold: LiveHold, also: readonly Write[]): Promise<void> {
  const state = resolveHold(hold);
  try {
    // Until its end is in the queue the request counts as running: a lease is not closed over it.
    await untilHeld(state, state.claims ? hold.confirm() : hold.durable);
    await (endsLease(context, state)
      ? settle(context, state, 0n, null, also)
      : endHold(state, also, null, !state.claims));
  } catch (error) {
    // What was never written needs no undoing; what its lease left behind is the sweep's.
    if (!(error instanceof Refused)) ignoreClosed(error);
  }
}

/**
 * Whether the end of a request is that of its lease: of a quiet key's only one, where nobody waits, and no other transaction of the
 * owner is under way here that it would wait for.
 */
function endsLease({ ports, owning }: LeaseContext, { lease, purse, askedAt }: HoldState): boolean {
  if (lease.running !== 1 || !lease.open || lease.draining || !lease.queue.idle) return false;
  if (owning.isTaken(purse.ownerId)) return false;
  return purse.waiters.size === 0 && !purse.filling && isQuiet(purse, askedAt, ports.monotonic());
}

/**
 * Ends a request together with its lease, which takes no new hold from here on. What the store will never take leaves no hold, as
 * far as the lease is still there.
 */
async function settle(
  context: LeaseContext,
  state: HoldState,
  spent: Nanos,
  post: Settlement['post'],
  also: readonly Write[],
): Promise<void> {
  const { ports } = context;
  const { lease, purse, requestId } = state;
  const { keyCaps } = lease;
  const run = createSettle(ports.documents);
  retire(purse, lease);
  let closed: Pick<Closed, 'alerts'> | null = null;
  try {
    await lease.queue.turn((stored) =>
      context.owning(purse.ownerId, async () => {
        ports.onTransaction?.('close');
        const settlement = { lease: stored, requestId, post, also, keyCaps, fx: ports.rate(), now: ports.now() };
        closed = await run(settlement).catch((error) => {
          if (!isUnknown(error)) throw error;
          // It may have been applied all the same: then a second run finds it.
          return run(settlement);
        });
        return { ...stored, open: false };
      }),
    );
  } catch (error) {
    await endHold(state).catch(() => {});
    throw error;
  }
  lease.release(state.amount, spent);
  forget(context, purse, lease);
  heed(context, closed ?? { alerts: [] });
}

/** Resolves when a hold is in the store. One that never will be is free again in memory: nothing else knows of it. */
async function untilHeld({ lease, purse, amount }: HoldState, held: Promise<void>): Promise<void> {
  try {
    await held;
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
  mayWait = false,
): Promise<void> {
  lease.release(amount, post?.spent ?? 0n);
  const ended = lease.queue.write(writes, { held: -amount, running: -1 }, post, mayWait);
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
