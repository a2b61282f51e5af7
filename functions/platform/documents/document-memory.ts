import type { Document } from '../../core/store/documents.ts';
import { ByDocument } from './by-document.ts';

/** Documents of one collection that are kept in memory. */
export const MAX_CACHED = 1_000;

/** Documents as a file has them, kept for as long as nobody else writes to it. */
export class DocumentMemory {
  readonly #known = new ByDocument<Document>();
  #dataVersion = 0;

  /** Forgets all where others have written since: the file's data version is another one. */
  heed(dataVersion: number): void {
    if (dataVersion === this.#dataVersion) return;
    this.#known.clear();
    this.#dataVersion = dataVersion;
  }

  get(collection: string, id: string): Document | undefined {
    return this.#known.get(collection, id);
  }

  /** The one that was kept longest is forgotten first. */
  keep(collection: string, document: Document): void {
    this.#known.set(collection, document.id, document);
    const kept = this.#known.in(collection);
    if (kept.size > MAX_CACHED) kept.delete(kept.keys().next().value ?? '');
  }

  forget(collection: string, id: string): void {
    this.#known.delete(collection, id);
  }
}
