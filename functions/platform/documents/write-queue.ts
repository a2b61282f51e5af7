import type { Version } from '../../core/store/documents.ts';
import type { Unit } from './write-batch.ts';

/** Units that share one write to the disk at most: so much longer may the process stand still. */
export const MAX_BATCH = 256;

/** A unit that waits to be written. */
export interface Waiting extends Unit {
  resolve: (version: Version) => void;
  reject: (error: unknown) => void;
}

/**
 * Units that go together with whatever else wants to be written in the same turn of the event loop, or while the batch before is
 * on its way to the disk. One batch at a time.
 */
export class WriteQueue {
  readonly #write: (units: readonly Waiting[]) => Promise<() => void>;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | null = null;

  /** `write` resolves when the batch is safe, to what tells each unit how it ended; where it throws, all of them are told so. */
  constructor(write: (units: readonly Waiting[]) => Promise<() => void>) {
    this.#write = write;
  }

  add(unit: Unit): Promise<Version> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...unit, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  /** When nothing waits any more. */
  async idle(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      const units = this.#waiting.splice(0, MAX_BATCH);
      try {
        const settle = await this.#write(units);
        settle();
      } catch (error) {
        for (const { reject } of units) reject(error);
      }
    }
    // In the same turn as the last look: whoever comes now starts anew.
    this.#writing = null;
  }
}
