import type { Documents } from './documents.ts';

/** How often an instance asks the store for the time. */
export const CLOCK_SYNC_MS = 60_000;

/**
 * The store's clock as this instance knows it: what the store said last, and how long ago that was by a clock that never
 * jumps. Money has to do with no other time: windows of caps, the ends of leases and the times of entries are the same for
 * all instances, whatever their own clocks show.
 */
export interface StoreClock {
  /** Unix time in milliseconds. */
  now(): number;
  /** Asks the store; where it does not answer, the last answer goes on. */
  sync(): Promise<void>;
}

/** `now` is the instance's own clock, which stands in until the store has answered once. */
export function createStoreClock(
  documents: Pick<Documents, 'now'>,
  clock: { now(): number; monotonic(): number },
): StoreClock {
  let offset = clock.now() - clock.monotonic();
  return {
    now: () => Math.floor(clock.monotonic() + offset),
    async sync() {
      const asked = clock.monotonic();
      const told = await documents.now();
      // It was said somewhere between asking and hearing.
      offset = told - (asked + clock.monotonic()) / 2;
    },
  };
}
