/** Something for each of many documents. Two maps deep, so that no name of both has to be made up to look it up. */
export class ByDocument<T> {
  readonly #collections = new Map<string, Map<string, T>>();

  get(collection: string, id: string): T | undefined {
    return this.#collections.get(collection)?.get(id);
  }

  /** Puts it last, in the order in which its collection's are found. */
  set(collection: string, id: string, value: T): void {
    const known = this.in(collection);
    known.delete(id);
    known.set(id, value);
  }

  delete(collection: string, id: string): void {
    this.#collections.get(collection)?.delete(id);
  }

  /** Those of one collection, the one set longest ago first. */
  in(collection: string): Map<string, T> {
    let known = this.#collections.get(collection);
    if (known === undefined) {
      known = new Map();
      this.#collections.set(collection, known);
    }
    return known;
  }

  *values(): Generator<T> {
    for (const known of this.#collections.values()) yield* known.values();
  }

  clear(): void {
    this.#collections.clear();
  }
}
