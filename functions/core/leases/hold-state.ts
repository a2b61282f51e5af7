import { type Hold, HoldResolved } from '../ledger/holds.ts';
import type { Nanos } from '../money/money.ts';
import type { CapUse } from './cap-use.ts';
import type { LiveLease } from './live-lease.ts';
import type { Purse } from './purse.ts';

/** A hold with its place in memory. */
export interface LiveHold extends Hold {
  /** What it is paid from. */
  readonly leaseId: string;
  /** Whether it began with less than was wanted, since there was no more. */
  readonly short: boolean;
  /** Resolves when the hold is in the store, which it is soon; rejects with `LeaseClosed` where it never will be. */
  readonly durable: Promise<void>;
  /** The same, and it waits for no company any more. */
  confirm(): Promise<void>;
  /** How far the caps of its key and owner are used now, as far as this instance knows. */
  caps(): readonly CapUse[];
}

/** The same, with all that its end needs. */
export interface HoldState extends LiveHold {
  amount: Nanos;
  durable: Promise<void>;
  readonly lease: LiveLease;
  readonly purse: Purse;
  /** When it was asked for, monotonic. */
  readonly askedAt: number;
  /** Whether it makes a claim, which others wait for. */
  readonly claims: boolean;
  /** How often its lease was granted more for it. */
  grants: number;
  resolved: boolean;
}

/** Claims the one resolution that each hold has. Throws `HoldResolved` the second time. */
export function resolveHold(hold: LiveHold): HoldState {
  const state = hold as HoldState;
  if (state.resolved) throw new HoldResolved(hold.requestId);
  state.resolved = true;
  return state;
}
