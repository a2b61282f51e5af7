import type { Nanos } from '../money/money.ts';
import { heed, ignoreClosed, type LeaseContext, noteScarce, ownLeasesOf, pursesOf } from './lease-context.ts';
import type { Grown } from './lease-grant.ts';
import { closeLease } from './lease-return.ts';
import type { LiveLease } from './live-lease.ts';
import { openLeasesOf } from './open-leases.ts';
import type { Purse } from './purse.ts';
import type { Refusal } from './refusal.ts';

const RECALL_POLL_MS = 150;
/** An owner's money is called back this often at most. */
const RECALL_INTERVAL_MS = 600;

/** Whether there is any use in asking again: something was given back, or may be within a moment. */
export async function makeRoom(context: LeaseContext, purse: Purse, grown: Grown, refusal: Refusal): Promise<boolean> {
  const { ports } = context;
  noteScarce(context, purse.ownerId);
  const others = pursesOf(context, purse.ownerId).filter((other) => other !== purse);
  const unasked = others.flatMap(({ lease, waiters }) => (lease !== null && waiters.size === 0 ? [lease] : []));
  const idle = [...unasked, ...drainingOf(context, purse.ownerId)].filter(hasSpare);
  // Who waits for money has no use for a slot meanwhile.
  const waiting = refusal.limit === null ? [] : others.flatMap(leaseWithSlots);
  if (idle.length + waiting.length > 0) {
    const trims = [...idle.map((lease) => lease.trim()), ...waiting.map((lease) => lease.trim('slots'))];
    await Promise.all(trims.map((trim) => trim.catch(ignoreClosed)));
    return true;
  }
  const own = ownLeasesOf(context, purse.ownerId);
  const ownGranted = own.reduce((sum, lease) => sum + (lease.open ? lease.granted : 0n), 0n);
  const bySlots = refusal.limit !== null;
  if (grown.ownerLeased <= ownGranted && !bySlots) return false;
  const ids = new Set(own.map(({ id }) => id));
  const foreign = (await openLeasesOf(ports.documents, purse.ownerId)).filter(({ leaseId }) => !ids.has(leaseId));
  if (foreign.length === 0) return false;
  const expired = ports.mayClose() ? foreign.filter(({ expiresAt }) => expiresAt <= ports.now()) : [];
  if (expired.length > 0) {
    for (const _ of expired) ports.onTransaction?.('close');
    const closed = await Promise.all(
      expired.map(({ leaseId }) =>
        context.owning(purse.ownerId, () =>
          closeLease(ports.documents, leaseId, { expiredAt: ports.now() }, ports.rate()),
        ),
      ),
    );
    for (const each of closed) if (each !== null) heed(context, each);
    return true;
  }
  await callBack(context, purse.ownerId);
  await ports.pause(RECALL_POLL_MS);
  return true;
}

/** Leases that take no new hold: what they have beyond their last requests is of no use to anybody. */
function drainingOf(context: LeaseContext, ownerId: string): LiveLease[] {
  return pursesOf(context, ownerId).flatMap(({ draining }) => [...draining]);
}

/** Where others wait although it has slots: so they wait for money. */
export function leaseWithSlots({ lease, waiters }: Purse): LiveLease[] {
  return lease?.open && waiters.size > 0 && lease.freeSlots > 0 ? [lease] : [];
}

function hasSpare({ open, free, freeSlots }: LiveLease): boolean {
  return open && (free > 0n || freeSlots > 0);
}

async function callBack(context: LeaseContext, ownerId: string): Promise<void> {
  const { ports } = context;
  const at = ports.monotonic();
  if (at - (context.recalledAt.get(ownerId) ?? Number.NEGATIVE_INFINITY) < RECALL_INTERVAL_MS) return;
  context.recalledAt.set(ownerId, at);
  await ports.recall(ownerId);
}

/** What running requests hold, and may still give back. */
export async function reservedOf(context: LeaseContext, ownerId: string): Promise<Nanos> {
  const open = await openLeasesOf(context.ports.documents, ownerId);
  const unspent = open.reduce((sum, { granted, spent }) => sum + granted - spent, 0n);
  const own = ownLeasesOf(context, ownerId);
  const free = own.reduce((sum, lease) => sum + (lease.open ? lease.free : 0n), 0n);
  return unspent > free ? unspent - free : 0n;
}
