import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** Where the header of a database has its `user_version`, four bytes, the highest first. https://www.sqlite.org/fileformat.html */
const VERSION_AT = 60;
const VERSION_BYTES = 4;

/**
 * A file's `user_version`; 0 where there is none. Looked at before the file is opened for writing: to open it is to finish what
 * others left behind, and the last one to close it moves its journal into it.
 */
export function readSchemaVersion(path: string): number {
  if (!existsSync(path)) return 0;
  const inFile = readHeader(path);
  // What is in the journal is newer than the file; only SQLite can tell whether it counts.
  const journal = statSync(`${path}-wal`, { throwIfNoEntry: false });
  return journal === undefined || journal.size === 0 ? inFile : Math.max(inFile, readThroughJournal(path));
}

function readHeader(path: string): number {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(VERSION_BYTES);
    return readSync(file, bytes, 0, VERSION_BYTES, VERSION_AT) === VERSION_BYTES ? bytes.readInt32BE() : 0;
  } finally {
    closeSync(file);
  }
}

/** Who may only read never moves a journal. */
function readThroughJournal(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 0 });
  try {
    return (database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
  } finally {
    database.close();
  }
}
