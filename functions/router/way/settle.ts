import type { LiveHold } from '../../core/leases/hold-state.ts';
import type { Leases } from '../../core/leases/leases.ts';
import type { Posted } from '../../core/leases/post-hold.ts';
import { failureWrites } from '../../core/ledger/failure-writes.ts';
import type { Charge } from '../../core/ledger/holds.ts';
import type { Fields, Write } from '../../core/store/documents.ts';
import { errorFacts } from '../../platform/error-facts.ts';
import type { Log } from '../../platform/log.ts';

/** How long an answer waits for its charge to be confirmed before it ends with `mesh.settled: false`. */
export const SETTLE_WAIT_MS = 5_000;
/** Charges waiting to be confirmed; past this, new requests are refused rather than forgotten. */
export const MAX_UNSETTLED = 10_000;

export interface Settler {
  /** Posts a charge. Null where the store did not confirm it in time; its lease goes on trying. */
  post(hold: LiveHold, charge: Charge): Promise<Posted | null>;
  /** Gives a hold back; `also` is written with it. Resolves when that is confirmed, or after `SETTLE_WAIT_MS`. */
  void(hold: LiveHold, also?: readonly Write[]): Promise<void>;
  /** The same for a request that failed at `now` (Unix milliseconds), which is kept and counted; `also` is written with it. */
  fail(hold: LiveHold, facts: Fields, now: number, also: readonly Write[]): Promise<void>;
  /** Whether another hold may be taken. */
  hasRoom(): boolean;
  /** Resolves when nothing is waiting, or after `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>;
}

/** Hears of what is in the store. */
export interface SettledPorts {
  posted(hold: LiveHold, charge: Charge, posted: Posted): void;
  failed(hold: LiveHold, facts: Fields): void;
}

/** Resolves holds without keeping an answer waiting for a store that does not answer. */
export function createSettler(leases: Leases, log: Log, { posted: onPosted, failed: onFailed }: SettledPorts): Settler {
  const pending = new Set<Promise<unknown>>();

  function follow<T>(hold: LiveHold, work: Promise<T>): Promise<T | null> {
    const followed: Promise<T | null> = work
      .catch((error) => {
        log.error('a hold cannot be resolved', { request_id: hold.requestId, ...errorFacts(error) });
        return null;
      })
      .finally(() => pending.delete(followed));
    pending.add(followed);
    return within(SETTLE_WAIT_MS, followed);
  }

  async function post(hold: LiveHold, charge: Charge): Promise<Posted> {
    const posted = await leases.post(hold, charge);
    onPosted(hold, charge, posted);
    return posted;
  }

  async function fail(hold: LiveHold, facts: Fields, writes: readonly Write[]): Promise<void> {
    await leases.void(hold, writes);
    onFailed(hold, facts);
  }

  return {
    post: (hold, charge) => follow(hold, post(hold, charge)),
    void: async (hold, also = []) => {
      await follow(hold, leases.void(hold, also));
    },
    fail: async (hold, facts, now, also) => {
      await follow(hold, fail(hold, facts, [...also, ...failureWrites(hold, facts, new Date(now))]));
    },
    hasRoom: () => pending.size < MAX_UNSETTLED,
    drain: async (timeoutMs) => {
      await within(timeoutMs, Promise.allSettled(pending));
    },
  };
}

/** What the work comes to, or null where it takes longer; it goes on then. */
export function within<T>(milliseconds: number, work: Promise<T>): Promise<T | null> {
  return new Promise((resolve, reject) => {
    // A plain timer: one that an AbortSignal ends makes an error with a stack for every request that was in time.
    const timer = setTimeout(resolve, milliseconds, null).unref();
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
