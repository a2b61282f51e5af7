import { type Document, ExpectationFailed, type Version, type Write } from '../../core/store/documents.ts';
import { ByDocument } from './by-document.ts';
import { normalizeFields } from './encode-document.ts';

/** A document as it was found; null where there was none. */
export interface Found {
  readonly collection: string;
  readonly id: string;
  readonly document: Document | null;
}

/** Writes that are applied together or not at all, and what was read for them, which must still hold. */
export interface Unit {
  readonly reads: Iterable<Found>;
  readonly writes: readonly Write[];
}

/** What a batch makes of one document. */
export interface Changed extends Found {
  /** As the store has it. */
  readonly stored: Document | null;
}

/** A read is no longer true: what was made of it has to be made anew. */
export class Overtaken extends Error {}

/**
 * Adds up units, each against what the ones before it leave, into what has to be written in the end: a document that one
 * unit makes and another deletes never gets to the disk.
 */
export class WriteBatch {
  readonly #find: (collection: string, id: string) => Document | null;
  readonly #slots = new ByDocument<Changed>();

  /** `find`: what the store has. */
  constructor(find: (collection: string, id: string) => Document | null) {
    this.#find = find;
  }

  /** Throws `Overtaken` or `ExpectationFailed` where the unit cannot be applied; the batch is then as it was. */
  add({ reads, writes }: Unit, version: Version): void {
    for (const { collection, id, document } of reads) {
      if (this.#slot(collection, id).document?.version !== document?.version) throw new Overtaken();
    }
    const changed = new ByDocument<Changed>();
    for (const write of writes) {
      const { collection, id } = write;
      const slot = changed.get(collection, id) ?? this.#slot(collection, id);
      if (!holds(write, slot.document)) {
        throw new ExpectationFailed(`A document of ${collection} is not what a write expected.`);
      }
      changed.set(collection, id, { ...slot, document: applied(write, slot.document, version) });
    }
    for (const slot of changed.values()) this.#slots.set(slot.collection, slot.id, slot);
  }

  /** What differs from the store. */
  changes(): Changed[] {
    return [...this.#slots.values()].filter(({ stored, document }) => stored !== document);
  }

  #slot(collection: string, id: string): Changed {
    const known = this.#slots.get(collection, id);
    if (known !== undefined) return known;
    const stored = this.#find(collection, id);
    return { collection, id, document: stored, stored };
  }
}

function holds({ expect }: Write, found: Document | null): boolean {
  if (expect === 'any') return true;
  if (expect === 'absent') return found === null;
  return expect === 'present' ? found !== null : found?.version === expect.version;
}

function applied(write: Write, found: Document | null, version: Version): Document | null {
  if (write.kind === 'delete') return null;
  const data = normalizeFields(write.data);
  return { id: write.id, version, data: write.kind === 'update' ? { ...found?.data, ...data } : data };
}
