import type { Nanos } from '../money/money.ts';
import type { Want } from './allotment.ts';
import { heed, isScarce, type LeaseContext, retire } from './lease-context.ts';
import { type Grown, growLease } from './lease-grant.ts';
import { LeaseClosed, LeaseOutdated } from './lease-store.ts';
import { LiveLease } from './live-lease.ts';
import { noteFill, type Purse, planAhead } from './purse.ts';

/** Opens a lease or adds to the one there is. */
export async function getMore(context: LeaseContext, purse: Purse): Promise<Grown> {
  const { ports } = context;
  const lease = await usableLease(purse);
  const waiting = [...purse.waiters].map(({ want }) => want);
  const wanted = waiting.reduce((sum, { amount }) => sum + amount, 0n);
  const ahead = isScarce(context, purse.ownerId) ? 0n : planAhead(purse, wanted, ports.monotonic());
  if (lease !== null) return growOpen(context, purse, lease, waiting, ahead);
  return openNew(context, purse, waiting, ahead);
}

/** The purse's lease, confirmed and of today; null where there is none that could take a new hold. */
async function usableLease(purse: Purse): Promise<LiveLease | null> {
  const { lease } = purse;
  if (lease === null) return null;
  try {
    if (lease.open && lease.outdated) await lease.trim();
    if (lease.open && !lease.fresh) await lease.renew();
  } catch (error) {
    if (!(error instanceof LeaseClosed)) throw error;
  }
  if (lease.open && !lease.draining) return lease;
  retire(purse, lease);
  return null;
}

/** Opens a lease. Its id is the same for all tries, so that one whose answer was lost is found. */
async function openNew(context: LeaseContext, purse: Purse, wants: Want[], ahead: Nanos): Promise<Grown> {
  const { ports } = context;
  purse.newLeaseId ??= ports.mintId('lea');
  const leaseId = purse.newLeaseId;
  const sentAt = ports.monotonic();
  context.counts.transactions++;
  ports.onTransaction?.('grant');
  try {
    const grown = await context.owning(purse.ownerId, () =>
      growLease(ports.documents, { ...ask(context, purse, leaseId, null, null), wants, ahead, owed: 0n }),
    );
    purse.newLeaseId = null;
    heed(context, grown);
    if (grown.lease !== null) {
      purse.lease = new LiveLease({ ...ports, owning: context.owning }, { ...grown, lease: grown.lease }, sentAt);
      noteFill(purse, 0n, ports.monotonic());
    }
    return grown;
  } catch (error) {
    // It was opened, not heard of, and closed again since.
    if (error instanceof LeaseClosed) purse.newLeaseId = null;
    throw error;
  }
}

/** Adds to a lease, after all that waits in its queue. Throws `LeaseClosed` where it ended before. */
export async function growOpen(
  context: LeaseContext,
  purse: Purse,
  lease: LiveLease,
  wants: readonly Want[],
  ahead: Nanos,
  owed: Nanos = 0n,
): Promise<Grown> {
  const { ports } = context;
  let grown: Grown | null = null;
  try {
    await lease.queue.turn((stored) =>
      context.owning(purse.ownerId, async () => {
        ports.onTransaction?.('grant');
        grown = await growLease(ports.documents, {
          ...ask(context, purse, lease.id, stored.seq, lease),
          wants,
          ahead,
          owed,
        });
        return grown.lease ?? stored;
      }),
    );
  } catch (error) {
    if (!(error instanceof LeaseOutdated)) throw error;
    await lease.trim();
    return growOpen(context, purse, lease, wants, ahead, owed);
  }
  const result = grown as Grown | null;
  if (result === null) throw new LeaseClosed(lease.id);
  lease.grew(result);
  heed(context, result);
  if (purse.lease === lease) noteFill(purse, lease.spent, ports.monotonic());
  return result;
}

/** What all that is asked of the store says of the purse and its lease. */
function ask(context: LeaseContext, purse: Purse, leaseId: string, seq: number | null, lease: LiveLease | null) {
  const { ports } = context;
  const { ownerId, keyId, keyHash } = purse;
  return {
    leaseId,
    seq,
    instanceId: ports.instanceId,
    ownerId,
    keyId,
    keyHash,
    free: lease?.free ?? 0n,
    freeSlots: lease?.freeSlots ?? 0,
    fx: ports.rate(),
    now: ports.now(),
    lengthMs: ports.lengthMs,
  };
}
