/** When a transaction last read, for adapters of `Transaction`. */
export class ReadTime {
  #at: number | null = null;

  /** Unix milliseconds, store's clock. */
  note(at: number): void {
    this.#at = at;
  }

  /** The same. Throws where nothing was read yet. */
  readonly readAt = (): number => {
    if (this.#at === null) throw new Error('A transaction has no time before its first read.');
    return this.#at;
  };
}
