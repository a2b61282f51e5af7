import type { Document } from '../../core/store/documents.ts';
import { ByDocument } from './by-document.ts';

/** Documents of one collection that are remembered: with fewer, keys in use push out each other's leases before they end. */
export const MAX_REMEMBERED = 5_000;

/** Documents as a file has them, and which are not there, for as long as nobody else writes to it. */
export class DocumentMemory {
  readonly #known = new ByDocument<Document | null>();
  #dataVersion = 0;

  /** Forgets all where others have written since: the file's data version is another one. */
  heed(dataVersion: number): void {
    if (dataVersion === this.#dataVersion) return;
    this.#known.clear();
    this.#dataVersion = dataVersion;
  }

  /** Null: it is known that there is none. */
  get(collection: string, id: string): Document | null | undefined {
    return this.#known.get(collection, id);
  }

  /** The one that was kept longest is forgotten first. */
  keep(collection: string, id: string, document: Document | null): void {
    this.#known.set(collection, id, document);
    const kept = this.#known.in(collection);
    if (kept.size > MAX_REMEMBERED) kept.delete(kept.keys().next().value ?? '');
  }
}
