import type { RateFigures } from './rate-scope.ts';

/** A request that was counted. */
export interface Admission {
  readonly figures: RateFigures;
  /** What it really used: the difference goes back to where it was taken, or is added there, within a second. Once. */
  settle(tokens: number): void;
  /** It was no request after all: it goes back, with its tokens. Instead of `settle`. */
  cancel(): void;
}
