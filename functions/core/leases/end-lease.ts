import { forget, heed, ignoreClosed, type LeaseContext, retire } from './lease-context.ts';
import { closeLease } from './lease-return.ts';
import type { LiveLease } from './live-lease.ts';
import type { Purse } from './purse.ts';

/** Of a lease's length: without a commit it is renewed after this part, and unused it goes back after that part. */
const RENEW_PART = 1 / 3;
const IDLE_PART = 1 / 6;

/** Looks after a lease: renews what is in use, moves it into a new day, closes what is unused. Awaits nothing. */
export function tend(context: LeaseContext, purse: Purse, lease: LiveLease): void {
  const { ports } = context;
  const at = ports.monotonic();
  if (!lease.open) {
    retire(purse, lease);
    if (lease.running === 0 && lease.queue.idle) forget(context, purse, lease);
    return;
  }
  if (!lease.queue.idle) return;
  const isUnused = lease.draining || at - lease.lastUsed >= ports.lengthMs * IDLE_PART;
  if (lease.running === 0 && isUnused)
    ports.aside('close_lease', purse.ownerId, () => closeLive(context, purse, lease));
  else if (lease.outdated) ports.aside('trim_lease', purse.ownerId, () => lease.trim().catch(ignoreClosed));
  else if (at - lease.queue.confirmedAt >= ports.lengthMs * RENEW_PART) {
    ports.aside('renew_lease', purse.ownerId, () => lease.renew().catch(ignoreClosed));
  }
}

/** Closes a lease of our own, after all that was posted to it, and gives back what was not spent. */
export async function closeLive(context: LeaseContext, purse: Purse, lease: LiveLease): Promise<void> {
  const { ports } = context;
  retire(purse, lease);
  try {
    await lease.queue.turn((stored) =>
      context.owning(purse.ownerId, async () => {
        ports.onTransaction?.('close');
        const when = { seq: stored.seq, now: ports.now() };
        const closed = await closeLease(ports.documents, lease.id, when, ports.rate());
        if (closed !== null) heed(context, closed);
        return { ...stored, open: false };
      }),
    );
  } catch (error) {
    ignoreClosed(error);
  } finally {
    forget(context, purse, lease);
  }
}
