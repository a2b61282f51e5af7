import type { Alert } from '../alerts/alerts.ts';
import { createTurns, type Turns } from '../in-turn.ts';
import type { FxRate } from '../money/fx.ts';
import type { Documents } from '../store/documents.ts';
import { LeaseClosed } from './lease-store.ts';
import type { LiveLease, LiveLeasePorts } from './live-lease.ts';
import { leasesOf, openPurse, type Purse, QUIET_MS } from './purse.ts';

export interface LeasePorts extends Pick<LiveLeasePorts, 'onTransaction' | 'holdWaitMs'> {
  documents: Documents;
  /** Unique for each start of a process. */
  instanceId: string;
  /** Monotonic milliseconds. */
  monotonic: () => number;
  /** Unix milliseconds, store's clock. */
  now: () => number;
  pause: (milliseconds: number) => Promise<unknown>;
  mintId: (prefix: string) => string;
  lengthMs: number;
  /** How many days the lines of charges are kept; 0, or where nothing is said: for ever. */
  entryDays?: number;
  /** For caps in dollars of owners who pay in rupees. */
  rate: () => FxRate;
  /** Asks the other instances to give back what an owner's leases do not need. */
  recall: (ownerId: string) => Promise<void>;
  onAlerts: (alerts: Alert[]) => void;
  /**
   * Whether leases of others that have expired may be closed: not while the store has just come back, since those whose they
   * are could not say that they are alive.
   */
  mayClose: () => boolean;
  /**
   * Does work that nobody awaits. Whatever it throws is told there, and stops this owner's business alone: a damaged document
   * is nobody else's.
   */
  aside: (name: string, ownerId: string, work: () => Promise<unknown>) => void;
}

/** For how long nothing is fetched ahead of use where somebody of the same owner had to be refused, or asked for it back. */
export const SCARCE_MS = 5_000;

/** What the parts of an instance's leases share: its ports, the purses by key, and what has been counted. */
export interface LeaseContext {
  readonly ports: LeasePorts;
  readonly purses: Map<string, Purse>;
  /** Transactions on one owner's money take turns within the process. */
  readonly owning: Turns<string>;
  /** When each owner's money was last called back, monotonic. */
  readonly recalledAt: Map<string, number>;
  /** Owners whose money was not enough for somebody lately, and until when nothing is fetched ahead for them; monotonic. */
  readonly scarceUntil: Map<string, number>;
  readonly counts: { transactions: number; commits: number; holds: number };
  closing: boolean;
}

export function createLeaseContext(ports: LeasePorts): LeaseContext {
  return {
    ports,
    purses: new Map(),
    owning: createTurns<string>(),
    recalledAt: new Map(),
    scarceUntil: new Map(),
    counts: { transactions: 0, commits: 0, holds: 0 },
    closing: false,
  };
}

/** The purse of a key, opened where there is none. */
export function purseFor(
  { purses }: LeaseContext,
  of: Pick<Purse, 'ownerId' | 'keyId' | 'keyHash' | 'currency'>,
): Purse {
  const purse = purses.get(of.keyId) ?? openPurse(of);
  purses.set(of.keyId, purse);
  return purse;
}

/** The purses of all keys of an owner. */
export function pursesOf({ purses }: LeaseContext, ownerId: string): Purse[] {
  return [...purses.values()].filter((purse) => purse.ownerId === ownerId);
}

/** The leases of all keys of an owner. */
export function ownLeasesOf(context: LeaseContext, ownerId: string): LiveLease[] {
  return pursesOf(context, ownerId).flatMap(leasesOf);
}

/** A lease takes no new hold any more, and ends with its last request. */
export function retire(purse: Purse, lease: LiveLease): void {
  if (purse.lease === lease) purse.lease = null;
  lease.draining = true;
  purse.draining.add(lease);
}

/** Lets go of a lease that has ended. */
export function forget(context: LeaseContext, purse: Purse, lease: LiveLease): void {
  purse.draining.delete(lease);
  context.counts.transactions += lease.queue.counts.transactions;
  context.counts.commits += lease.queue.counts.commits;
  tidy(context, purse);
}

/** Nothing is kept of a key that is not in use, once it counts as quiet. */
export function tidy({ ports, purses, recalledAt, scarceUntil }: LeaseContext, purse: Purse): void {
  if (purse.lease !== null || purse.draining.size > 0 || purse.waiters.size > 0 || purse.filling) return;
  if (purse.opening !== null || ports.monotonic() - purse.askedAt < QUIET_MS) return;
  purses.delete(purse.keyId);
  recalledAt.delete(purse.ownerId);
  if (!scarceUntil.has(purse.ownerId)) return;
  if (![...purses.values()].some(({ ownerId }) => ownerId === purse.ownerId)) scarceUntil.delete(purse.ownerId);
}

/** Somebody needs what an owner has left: what nobody has asked for yet is not set aside for a while. */
export function noteScarce({ ports, scarceUntil }: LeaseContext, ownerId: string): void {
  scarceUntil.set(ownerId, ports.monotonic() + SCARCE_MS);
}

export function isScarce({ ports, scarceUntil }: LeaseContext, ownerId: string): boolean {
  return ports.monotonic() < (scarceUntil.get(ownerId) ?? Number.NEGATIVE_INFINITY);
}

/** Passes on what a transaction found that somebody should hear of. */
export function heed({ ports }: LeaseContext, { alerts }: { alerts: Alert[] }): void {
  if (alerts.length > 0) ports.onAlerts(alerts);
}

/** A lease that has ended is what was wanted, or no longer ours to end. Any other failure is a failure. */
export function ignoreClosed(error: unknown): void {
  if (!(error instanceof LeaseClosed)) throw error;
}
