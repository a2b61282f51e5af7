import { setTimeout as pause } from 'node:timers/promises';
import { MeshError } from '../core/errors.ts';
import { type Charge, type Hold, HoldResolved, type Ledger, type Posting } from '../core/ledger.ts';
import type { Log } from '../platform/log.ts';

/** How long an answer waits for its charge to be confirmed before it ends with `mesh.settled: false`. */
export const SETTLE_WAIT_MS = 5_000;
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 10_000;
/** Charges waiting to be confirmed; past this, new requests are refused rather than forgotten. */
export const MAX_UNSETTLED = 10_000;

/** What names a hold, also one of which it is not known whether it was taken. */
export type HoldName = Pick<Hold, 'requestId' | 'ownerId'>;

export interface Settler {
  /** Posts a charge. Null where the store did not confirm it in time; it is then tried until it does. */
  post(hold: Hold, charge: Charge): Promise<Posting | null>;
  /** Gives a hold back, now or as soon as the store can be reached. */
  void(hold: HoldName): Promise<void>;
  /** Whether another hold may be taken. */
  hasRoom(): boolean;
  /** Resolves when nothing is waiting, or after `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>;
}

/** Resolves holds and keeps trying where the store cannot be reached. The ledger makes each try harmless. */
export function createSettler(
  ledger: Ledger,
  log: Log,
  onPosted: (hold: Hold, charge: Charge, posting: Posting) => void,
): Settler {
  const pending = new Set<Promise<unknown>>();

  function keepTrying<T>(hold: HoldName, act: () => Promise<T>): Promise<T | null> {
    const work = tryUntilDone(hold, act);
    pending.add(work);
    work.finally(() => pending.delete(work)).catch(() => {});
    return within(SETTLE_WAIT_MS, work);
  }

  async function tryUntilDone<T>(hold: HoldName, act: () => Promise<T>): Promise<T | null> {
    for (let wait = FIRST_RETRY_MS; ; wait = Math.min(wait * 2, LAST_RETRY_MS)) {
      try {
        return await act();
      } catch (error) {
        if (error instanceof HoldResolved || error instanceof MeshError) {
          // Trying again would find the same: somebody resolved it before, or its owner is gone.
          log.error('a hold cannot be resolved', { request_id: hold.requestId, error: error.name });
          return null;
        }
        log.warn('a hold could not be resolved yet', { request_id: hold.requestId, error: (error as Error).name });
        await pause(wait);
      }
    }
  }

  return {
    post: (hold, charge) =>
      keepTrying(hold, async () => {
        const posting = await ledger.post(hold, charge);
        onPosted(hold, charge, posting);
        return posting;
      }),
    void: async (hold) => {
      await keepTrying(hold, () => ledger.void(hold));
    },
    hasRoom: () => pending.size < MAX_UNSETTLED,
    drain: async (timeoutMs) => {
      await within(timeoutMs, Promise.allSettled(pending));
    },
  };
}

/** What the work comes to, or null where it takes longer; it goes on then. */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | null> {
  const late = new AbortController();
  const timeout = pause(milliseconds, null, { signal: late.signal, ref: false });
  timeout.catch(() => {});
  try {
    return await Promise.race([work, timeout]);
  } finally {
    late.abort();
  }
}
