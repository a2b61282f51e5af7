import type { Nanos } from '../money/money.ts';
import { needOf, type Step } from './lease-step.ts';

export interface StepLinePorts {
  /** Monotonic milliseconds. */
  monotonic: () => number;
  pause: (milliseconds: number) => Promise<unknown>;
  /** How long a step that may wait does so for company, at most. */
  waitMs: number;
}

/**
 * The operations of a lease that wait for its next commit. Some of them may wait until another comes that does not: they go along
 * with that. One that nobody came for has a commit of its own when its time is over.
 */
export class StepLine {
  readonly #ports: StepLinePorts;
  readonly #wake: () => void;
  #steps: { step: Step; cameAt: number }[] = [];
  #isDue = false;
  #isWaiting = false;

  /** `wake` is called when something is due. */
  constructor(ports: StepLinePorts, wake: () => void) {
    this.#ports = ports;
    this.#wake = wake;
  }

  get length(): number {
    return this.#steps.length;
  }

  /** Whether a commit should be made of them now. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** What the lease needs for all of them, nothing of it freed yet. */
  get need(): Nanos {
    return this.#steps.reduce((sum, { step }) => sum + needOf(step), 0n);
  }

  add(step: Step, mayWait: boolean): void {
    this.#steps.push({ step, cameAt: this.#ports.monotonic() });
    if (!mayWait || this.#ports.waitMs === 0) this.hasten();
    else if (!this.#isWaiting) void this.#wait();
  }

  /** None of those that wait does so any longer. */
  hasten(): void {
    if (this.#steps.length === 0) return;
    this.#isDue = true;
    this.#wake();
  }

  /** So many that came first, or all. */
  take(most: number): Step[] {
    const taken = this.#steps.splice(0, most).map(({ step }) => step);
    if (this.#steps.length === 0) this.#isDue = false;
    return taken;
  }

  /** Until the oldest that waits has waited for long enough; it may be another by then. */
  async #wait(): Promise<void> {
    this.#isWaiting = true;
    for (let leftMs = this.#ports.waitMs; leftMs > 0; ) {
      await this.#ports.pause(leftMs);
      const [oldest] = this.#steps;
      leftMs = oldest === undefined ? 0 : oldest.cameAt + this.#ports.waitMs - this.#ports.monotonic();
    }
    this.#isWaiting = false;
    this.hasten();
  }
}
