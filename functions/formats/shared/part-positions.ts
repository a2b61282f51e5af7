/**
 * Counts the parts of an answer as a client will send them back: all text is one part, where its first visible character
 * stood, and each thinking block and each call is one. Blocks of server tools are none. `interleave` reads these positions.
 */
export class PartPositions {
  #next = 0;
  #hasText = false;

  /** The position of the next thinking block or call. */
  take(): number {
    return this.#next++;
  }

  text(text: string): void {
    if (this.#hasText || text.trim() === '') return;
    this.#hasText = true;
    this.#next++;
  }
}
