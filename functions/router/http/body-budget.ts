import { getHeapStatistics } from 'node:v8';

/** Bodies in flight may take this part of the heap: what is built of them and sent on is several times as large. */
const HEAP_PART = 6;
const LEAST_BYTES = 64 * 1024 * 1024;
const MOST_BYTES = 512 * 1024 * 1024;
/** Large bodies leave so much of it to the small ones, which most are. */
const LARGE_PART = 3 / 4;

/** Bytes of request bodies that this process has in hand at once. */
export const MAX_BODY_BYTES_IN_FLIGHT = Math.min(
  MOST_BYTES,
  Math.max(LEAST_BYTES, Math.floor(getHeapStatistics().heap_size_limit / HEAP_PART)),
);

/** What one body has of the budget. */
export interface BodyShare {
  /** Takes so many bytes more; false where there are no more to be had. `large`: whether it is a large body that asks. */
  take(bytes: number, large: boolean): boolean;
  /** Gives all back; safe to call again. */
  release(): void;
}

export interface BodyBudget {
  open(): BodyShare;
  bytes(): number;
}

/** Counts bytes that have come, and not those that were announced: whoever only announces must not shut others out. */
export function createBodyBudget(most: number): BodyBudget {
  let inFlight = 0;
  return {
    open() {
      let taken = 0;
      return {
        take(bytes, large) {
          if (inFlight + bytes > (large ? most * LARGE_PART : most)) return false;
          inFlight += bytes;
          taken += bytes;
          return true;
        },
        release() {
          inFlight -= taken;
          taken = 0;
        },
      };
    },
    bytes: () => inFlight,
  };
}

/** The one of this process. */
export const bodyBudget = createBodyBudget(MAX_BODY_BYTES_IN_FLIGHT);
