/** Thrown where the time of a run is over. */
export class TimeIsUp extends Error {
  constructor() {
    super('The time of this run is up.');
    this.name = 'TimeIsUp';
  }
}

/** The end of a run, for whatever waits: an answer that never comes keeps nobody beyond it. */
export interface TimeLimit {
  /** What is waited for, or `TimeIsUp`. What comes later is for nobody. */
  within<T>(work: Promise<T>): Promise<T>;
  clear(): void;
}

export function startTimeLimit(milliseconds: number): TimeLimit {
  const { promise: up, reject } = Promise.withResolvers<never>();
  up.catch(() => {});
  const timer = setTimeout(() => reject(new TimeIsUp()), milliseconds);
  return {
    within: (work) => Promise.race([work, up]),
    clear: () => clearTimeout(timer),
  };
}
