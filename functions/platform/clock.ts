/** Time as a parameter. `now` may jump with the system's clock; `monotonic` never goes back. Both in milliseconds. */
export interface Clock {
  now(): number;
  monotonic(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
