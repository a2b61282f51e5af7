/**
 * The form of what is stored, whichever store it is in. It rises where an older version of ours would misread what is written:
 * since 3 a day's rollup holds its hours, since 4 charges are counted by the mark of their lease, since 5 a window of rates
 * has only the seconds that are not empty, since 6 SQLite has columns for the key and the session of a charge.
 */
export const STORE_VERSION = 6;

/** Thrown for a store that a newer version of Mesh Router has written. Nothing of it was touched. `place`: a file, a database. */
export class NewerStore extends Error {
  constructor(place: string, kind: 'file' | 'database', found: number) {
    super(
      `${place} is a database of a newer version of Mesh Router (schema ${found}; this one knows schema ${STORE_VERSION}). ` +
        `It was not touched: run that version, or name another ${kind}.`,
    );
    this.name = 'NewerStore';
  }
}
