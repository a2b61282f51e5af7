import { type ClaimWrite, claimOfLease } from '../ledger/claims.ts';
import type { Charge } from '../ledger/holds.ts';
import type { FxRate } from '../money/fx.ts';
import { type Currency, most, type Nanos, least as smaller } from '../money/money.ts';
import { StoreUnavailable, type Write } from '../store/documents.ts';
import { closeLive, tend } from './end-lease.ts';
import { fetchAhead, giveUpOld, RECALL_WAIT_MS, wait } from './fill-purse.ts';
import { growOpen } from './grow-lease.ts';
import { hasMoney } from './has-money.ts';
import type { HoldState, LiveHold } from './hold-state.ts';
import {
  createLeaseContext,
  ignoreClosed,
  isScarce,
  type LeaseContext,
  type LeasePorts,
  noteScarce,
  purseFor,
  pursesOf,
  retire,
  tidy,
} from './lease-context.ts';
import { LeaseClosed } from './lease-store.ts';
import type { LiveLease } from './live-lease.ts';
import { leaseWithSlots, makeRoom } from './make-room.ts';
import { type Posted, postHold, voidHold } from './post-hold.ts';
import { leasesOf, noteAsk, type Purse, planAhead } from './purse.ts';

/** How long a lease lasts after its last commit, unless the operator says otherwise. */
export const LEASE_SECONDS = 60;
/** How long a hold waits for others to share its commit, at most: until the first byte of its answer is here, nobody waits for it. */
export const HOLD_WAIT_MS = 250;

export interface HoldRequest {
  requestId: string;
  ownerId: string;
  keyId: string;
  /** Id of the key's document. */
  keyHash: string;
  currency: Currency;
  amount: Nanos;
  /** What it can begin with, where there is no more; absent where it needs all of it. */
  least?: Nanos;
  /** What else allows no more than this, `least` or more; absent where nothing does. */
  most?: Nanos;
  fx: FxRate;
  /** Made with the hold, or neither is: `hold` or `durable` rejects with `Refused` where somebody else has it. */
  claim?: ClaimWrite;
}

export interface Leases {
  /** Takes the most that a request can cost, or what it can begin with. Throws `spend_limit_exceeded`, `rate_limit_exceeded`, `StoreUnavailable`. */
  hold(request: HoldRequest): Promise<LiveHold>;
  /** Takes more for a running request, `least` where there is no more than that; false where there is not even that. */
  grow(hold: LiveHold, amount: Nanos, least?: Nanos): Promise<boolean>;
  /**
   * Charges what a request cost and frees the rest of its hold; resolves when the store has confirmed it. Exactly once for
   * each hold: a second resolution throws `HoldResolved`.
   */
  post(hold: LiveHold, charge: Charge): Promise<Posted>;
  /** Frees all of a hold: nothing was delivered. `also` is written with it. Resolves when the store has confirmed it. */
  void(hold: LiveHold, also?: readonly Write[]): Promise<void>;
  /** Whether an owner has money that a request could be paid from, running requests' included; from memory where it is there. */
  hasMoney(ownerId: string): Promise<boolean>;
  /** Renews what is in use, gives back what is idle. Call it about once a second. */
  tick(): void;
  /** Gives back what no running request of the owner needs. */
  giveBack(ownerId: string): Promise<void>;
  /** The key's or its owner's limits have changed: its leases take no new hold. */
  drop(names: { keyId?: string; ownerId?: string }): void;
  /** Gives everything back. */
  close(): Promise<void>;
  /** Operations that wait for the store. */
  waiting(): number;
  counts(): { transactions: number; commits: number; holds: number };
}

/** The leases of one instance. */
export function createLeases(ports: LeasePorts): Leases {
  const context = createLeaseContext(ports);
  const { purses } = context;
  return {
    async hold(request) {
      const purse = purseFor(context, request);
      const askedAt = ports.monotonic();
      noteAsk(purse, askedAt);
      const { amount, least = amount, most: allowed = amount } = request;
      const want = { amount: smaller(amount, allowed), least, slot: true };
      const make = (lease: LiveLease, taken: Nanos, isHeld: boolean) =>
        makeHold(context, { ...request, amount: taken }, { short: taken < amount, isHeld, askedAt }, purse, lease);
      const { lease } = purse;
      const taken = lease !== null && purse.waiters.size === 0 ? lease.take(want) : null;
      if (lease === null || taken === null) return wait(context, purse, want, request.claim ?? null, make);
      const hold = make(lease, taken, false);
      fetchAhead(context, purse);
      return hold;
    },

    async grow(hold, amount, least = amount) {
      const state = hold as HoldState;
      const { lease, purse } = state;
      const want = { amount, least, slot: false };
      const startedAt = ports.monotonic();
      // What never came to the store does not grow there either.
      await state.confirm().catch(ignoreClosed);
      for (let asked = false; !state.resolved; asked = true) {
        const taken = lease.take(want, asked);
        if (taken !== null) {
          state.amount += taken;
          lease.queue.grow(taken);
          fetchAhead(context, purse);
          return true;
        }
        try {
          const grown = await growOpen(context, purse, lease, () => ({
            wants: [want],
            ahead: aheadOf(context, state, amount),
          }));
          state.grants++;
          if (grown === null || grown.refusal === null) continue;
          const mayComeBack = await makeRoom(context, purse, grown, grown.refusal);
          if (!mayComeBack || ports.monotonic() - startedAt >= RECALL_WAIT_MS) return false;
        } catch (error) {
          if (error instanceof LeaseClosed) return false;
          throw error;
        }
      }
      return false;
    },

    post: (hold, charge) => postHold(context, hold, charge),

    void: (hold, also = []) => voidHold(context, hold, also),

    hasMoney: (ownerId) => hasMoney(context, ownerId),

    tick() {
      for (const purse of purses.values()) {
        for (const lease of leasesOf(purse)) tend(context, purse, lease);
        if (purse.waiters.size > 0)
          giveUpOld(context, purse, new StoreUnavailable('The store did not answer in time.'));
        tidy(context, purse);
      }
    },

    async giveBack(ownerId) {
      noteScarce(context, ownerId);
      const leases = pursesOf(context, ownerId).flatMap((purse) => {
        purse.block = 0n;
        const spared = purse.waiters.size === 0 ? leasesOf(purse) : [...purse.draining];
        return spared.map((lease) => ({ purse, lease }));
      });
      const waiting = pursesOf(context, ownerId).flatMap(leaseWithSlots);
      await Promise.all(waiting.map((lease) => lease.trim('slots').catch(ignoreClosed)));
      await Promise.all(
        leases.map(async ({ purse, lease }) => {
          if (!lease.open || (lease.free === 0n && lease.freeSlots === 0)) return;
          if (lease.running === 0) await closeLive(context, purse, lease);
          else await lease.trim().catch(ignoreClosed);
        }),
      );
    },

    drop({ keyId, ownerId }) {
      for (const purse of purses.values()) {
        if (purse.keyId !== keyId && purse.ownerId !== ownerId) continue;
        if (purse.lease !== null) retire(purse, purse.lease);
      }
    },

    async close() {
      context.closing = true;
      const open = [...purses.values()].flatMap((purse) => leasesOf(purse).map((lease) => ({ purse, lease })));
      await Promise.all(
        open.map(({ purse, lease }) => (lease.open && lease.running === 0 ? closeLive(context, purse, lease) : null)),
      );
    },

    waiting() {
      let waiting = 0;
      for (const purse of purses.values()) {
        waiting += purse.waiters.size;
        for (const lease of leasesOf(purse)) waiting += lease.queue.waiting;
      }
      return waiting;
    },

    counts() {
      const all = [...purses.values()].flatMap(leasesOf).map(({ queue }) => queue.counts);
      return {
        transactions: all.reduce((sum, each) => sum + each.transactions, context.counts.transactions),
        commits: all.reduce((sum, each) => sum + each.commits, context.counts.commits),
        holds: context.counts.holds,
      };
    },
  };
}

/** What would be welcome beside what a stream wants now: the second time as much again as it has had, so that few of them do. */
function aheadOf(context: LeaseContext, { purse, grants, amount: had }: HoldState, wanted: Nanos): Nanos {
  if (isScarce(context, purse.ownerId)) return 0n;
  const planned = planAhead(purse, wanted, context.ports.monotonic());
  return grants === 0 ? planned : most(planned, had);
}

function makeHold(
  context: LeaseContext,
  request: HoldRequest,
  { short, isHeld, askedAt }: { short: boolean; isHeld: boolean; askedAt: number },
  purse: Purse,
  lease: LiveLease,
): HoldState {
  const { requestId, ownerId, keyId, currency, amount, fx, claim } = request;
  const hold = { requestId, ownerId, keyId, currency, amount, fx };
  const writes = claim === undefined ? [] : [claimOfLease(claim, lease.id)];
  const claims = claim !== undefined;
  const durable = isHeld ? Promise.resolve() : lease.queue.write(writes, { held: amount, running: 1 }, null, !claims);
  durable.catch(() => {});
  context.counts.holds++;
  const confirm = () => {
    lease.queue.hasten();
    return durable;
  };
  const caps = () => lease.caps;
  return {
    ...hold,
    leaseId: lease.id,
    short,
    durable,
    confirm,
    caps,
    lease,
    purse,
    askedAt,
    claims,
    grants: 0,
    resolved: false,
  };
}
