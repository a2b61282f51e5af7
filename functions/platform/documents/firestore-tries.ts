import { FirestoreFailure, toStoreError } from './firestore-failure.ts';

/** How long anything may take, all its tries together. What became of it is not known then, and whoever asked finds out. */
export const CALL_LIMIT_MS = 15_000;
/** Tries of one call, as many as Google's own clients make. */
export const MAX_TRIES = 5;
/** The longest wait before the second try, and how much longer it may be before each further one. */
export const FIRST_WAIT_MS = 100;
export const WAIT_GROWTH = 1.5;
/**
 * The same where others were in the way: transactions that wait for each other's locks come apart only if they come back at very
 * different times.
 */
export const CONTENDED_WAIT_MS = 1_500;

export interface Patience {
  /** Monotonic milliseconds. */
  now(): number;
  pause(milliseconds: number): Promise<unknown>;
  /** From 0 to below 1. */
  random(): number;
  callLimitMs: number;
}

/**
 * One try; `deadline`: by `now` of the patience. It throws a `FirestoreFailure`, and calls `leaveOpen` where writes that it
 * sent may have been applied all the same.
 */
export type Try<T> = (deadline: number, leaveOpen: () => void) => Promise<T>;

/**
 * Tries again while another try may do and there is time. What is thrown in the end is the port's error, and never a refusal
 * where an earlier try may have been applied: an `ExpectationFailed` would say that nothing was.
 */
export async function tryAgain<T>({ now, pause, random, callLimitMs }: Patience, act: Try<T>): Promise<T> {
  const deadline = now() + callLimitMs;
  let isOpen = false;
  const leaveOpen = () => {
    isOpen = true;
  };
  for (let tries = 1; ; tries++) {
    try {
      return await act(deadline, leaveOpen);
    } catch (error) {
      if (!(error instanceof FirestoreFailure)) throw error;
      const longestMs = error.kind === 'contended' ? CONTENDED_WAIT_MS : FIRST_WAIT_MS;
      const waitMs = longestMs * WAIT_GROWTH ** (tries - 1) * random();
      if (!error.mayPass || tries >= MAX_TRIES || now() + waitMs >= deadline) throw toStoreError(error, isOpen);
      await pause(waitMs);
    }
  }
}
