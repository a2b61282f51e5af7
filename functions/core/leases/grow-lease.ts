import type { ClaimWrite } from '../ledger/claims.ts';
import type { Nanos } from '../money/money.ts';
import type { Write } from '../store/documents.ts';
import type { Want } from './allotment.ts';
import { heed, isScarce, type LeaseContext, retire } from './lease-context.ts';
import { type Ask, type Beginning, type Grown, growLease } from './lease-grant.ts';
import { LeaseClosed, LeaseOutdated } from './lease-store.ts';
import { LiveLease } from './live-lease.ts';
import { needsMoreSoon, noteFill, type Opening, type Purse, planAhead, runsLow } from './purse.ts';
import { Refused } from './refused.ts';

/** What a lease is to grow by. */
export interface Growth {
  wants: readonly Want[];
  /** What would be welcome besides; the slots of a busy key likewise. */
  ahead: Nanos;
  slotsAhead?: number;
  /** What was used already and is owed. */
  owed?: Nanos;
}

/** Opens a lease or adds to the one there is; null where by then nobody needs more. */
export async function getMore(context: LeaseContext, purse: Purse): Promise<Grown | null> {
  const lease = await usableLease(purse);
  if (lease === null) return openNew(context, purse, wantedBy(context, purse));
  return growOpen(context, purse, lease, () => {
    const { waiters } = purse;
    return waiters.size > 0 || runsLow(purse, context.ports.monotonic()) ? wantedBy(context, purse) : null;
  });
}

/** What those need who wait, and what a busy key will. Of slots that are as many again as run: it asks for them a few times, and not again and again. */
function wantedBy(context: LeaseContext, purse: Purse): Growth {
  const wants = [...purse.waiters].map(({ want }) => want);
  const wanted = wants.reduce((sum, { amount }) => sum + amount, 0n);
  if (isScarce(context, purse.ownerId)) return { wants, ahead: 0n };
  const at = context.ports.monotonic();
  const { running = 0, freeSlots = 0 } = purse.lease ?? {};
  // What is free already is ahead: else each growth for money would add to it.
  const slotsAhead = needsMoreSoon(purse, at) ? Math.max(0, Math.max(running, wants.length) - freeSlots) : 0;
  return { wants, ahead: planAhead(purse, wanted, at), slotsAhead };
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

/**
 * Opens a lease, together with those who wait: they hold their money in the transaction that grants it. Its id is the same for all
 * tries, so that one whose answer was lost is found.
 */
async function openNew(context: LeaseContext, purse: Purse, growth: Growth): Promise<Grown> {
  const { ports } = context;
  purse.opening ??= { leaseId: ports.mintId('lea'), sentAt: ports.monotonic(), waiters: new Map(), runs: new Map() };
  const { opening } = purse;
  const { leaseId } = opening;
  const begins = beginning(purse, opening);
  context.counts.transactions++;
  ports.onTransaction?.('grant');
  try {
    const grown = await context.owning(purse.ownerId, () =>
      growLease(ports.documents, { ...ask(context, purse, growth, { leaseId, seq: null }, null), begins }),
    );
    purse.opening = null;
    heed(context, grown);
    if (grown.lease !== null) {
      const opened = { ...grown, lease: grown.lease };
      purse.lease = new LiveLease({ ...ports, owning: context.owning }, opened, opening.sentAt);
      noteFill(purse, 0n, ports.monotonic());
      beginAll(purse, purse.lease, opening, grown);
    }
    return grown;
  } catch (error) {
    // It was opened, not heard of, and closed again since; or nobody will ever open it.
    if (error instanceof LeaseClosed || error instanceof Refused) purse.opening = null;
    if (error instanceof Refused) refuseClaim(purse, begins, error);
    throw error;
  }
}

/** Whoever waits begins with the lease; one who makes a claim only alone, since it may not get that. */
function beginning(purse: Purse, { waiters, runs }: Opening): Beginning {
  const isAlone = purse.waiters.size === 1;
  const some = [...purse.waiters].filter(({ claim }) => claim === null || isAlone);
  for (const waiter of some) waiters.set(waiter.want, waiter);
  return { wants: new Set(some.map(({ want }) => want)), claim: some[0]?.claim ?? null, runs };
}

/** Those whose hold is in the store go ahead. Who has gone meanwhile, or came too late for this lease, does not hold it for ever. */
function beginAll(purse: Purse, lease: LiveLease, { waiters }: Opening, { begun }: Grown): void {
  for (const [want, held] of begun) {
    const waiter = waiters.get(want);
    if (lease.fresh && waiter !== undefined && purse.waiters.delete(waiter)) waiter.begin(lease, held);
    else freeHold(lease, held, waiter?.claim ?? null);
  }
}

function freeHold(lease: LiveLease, held: Nanos, claim: ClaimWrite | null): void {
  lease.release(held, 0n);
  const writes: Write[] =
    claim === null ? [] : [{ kind: 'delete', collection: claim.collection, id: claim.id, expect: 'any' }];
  // A lease that is closed holds nothing any more, and the sweep frees its claims.
  lease.queue.write(writes, { held: -held, running: -1 }).catch(() => {});
}

/** Somebody else has the claim of the one that was to begin. */
function refuseClaim({ waiters }: Purse, { claim }: Beginning, error: Refused): void {
  const waiter = [...waiters].find((each) => each.claim === claim);
  if (waiter === undefined) return;
  waiters.delete(waiter);
  waiter.reject(error);
}

/**
 * Adds to a lease, after all that waits in its queue; only then `plan` says how much, and with null that nothing is needed any more:
 * what others gave back did. Throws `LeaseClosed` where it ended before.
 */
export async function growOpen(
  context: LeaseContext,
  purse: Purse,
  lease: LiveLease,
  plan: () => Growth | null,
): Promise<Grown | null> {
  const { ports } = context;
  let growth: Growth | null = null;
  let grown: Grown | null = null;
  try {
    await lease.queue.turn((stored) =>
      context.owning(purse.ownerId, async () => {
        growth ??= plan();
        if (growth === null) return stored;
        ports.onTransaction?.('grant');
        grown = await growLease(ports.documents, ask(context, purse, growth, stored, lease));
        return grown.lease ?? stored;
      }),
    );
  } catch (error) {
    if (!(error instanceof LeaseOutdated)) throw error;
    await lease.trim();
    return growOpen(context, purse, lease, plan);
  }
  const result = grown as Grown | null;
  if (result === null) return null;
  lease.grew(result);
  heed(context, result);
  if (purse.lease === lease) noteFill(purse, lease.spent, ports.monotonic());
  return result;
}

/** What all that is asked of the store says of the purse and its lease. */
function ask(
  context: LeaseContext,
  purse: Purse,
  { wants, ahead, slotsAhead = 0, owed = 0n }: Growth,
  { leaseId, seq }: Pick<Ask, 'leaseId' | 'seq'>,
  lease: LiveLease | null,
): Ask {
  const { ports } = context;
  const { ownerId, keyId, keyHash } = purse;
  return {
    leaseId,
    seq,
    wants,
    ahead,
    slotsAhead,
    owed,
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
