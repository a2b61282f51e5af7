import { textOf } from '../shared/text-of.ts';

/**
 * How much of each part of an answer has been passed on. The Responses API says everything three times: in deltas, when the
 * part is done, and when the item is done; what an earlier one left out, a later one still gives.
 */
export class PassedOn {
  readonly #lengths = new Map<string, number>();

  /** A further piece of a part. */
  piece(part: string, delta: unknown): string {
    const text = textOf(delta);
    this.#lengths.set(part, this.of(part) + text.length);
    return text;
  }

  /** What is left of a part that is now known as a whole. */
  rest(part: string, whole: unknown): string {
    return this.piece(part, textOf(whole).slice(this.of(part)));
  }

  /** Length of what was passed on of a part. */
  of(part: string): number {
    return this.#lengths.get(part) ?? 0;
  }
}
