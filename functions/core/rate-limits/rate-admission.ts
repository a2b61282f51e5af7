import type { RateFigures } from './rate-scope.ts';

/** A request that was counted. */
export interface Admission {
  readonly figures: RateFigures;
  /** What it has come to so far: what is more than was counted is counted now. */
  progress(tokens: number): void;
  /** What it really used: what was not goes back to where it was taken, what was beyond is counted now, within a second. Once. */
  settle(tokens: number): void;
  /** It was no request after all: it goes back, with its tokens. Instead of `settle`. */
  cancel(): void;
}
