import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { NewerStore, STORE_VERSION } from '../../core/store/store-version.ts';
import { rememberFiles } from './file-identity.ts';
import { type Flush, SqliteJournal } from './sqlite-journal.ts';
import { prepareSchema } from './sqlite-schema.ts';
import { readSchemaVersion } from './sqlite-version.ts';
import { whenFree } from './when-free.ts';

/** Read and written by its own user alone. */
const OWNER_ONLY = 0o600;
const PERMISSIONS = 0o777;

export interface OpenFile {
  database: DatabaseSync;
  /** Null in memory. */
  journal: SqliteJournal | null;
  /** Whether the path, and its journal's, still lead to the files that were opened. */
  isThere(): boolean;
}

/**
 * Opens a database, made if there is none and brought to our schema; in memory for `:memory:`. Throws `NewerStore` for a newer
 * version's, before anything of it is touched.
 */
export async function openFile(path: string, flush?: Flush): Promise<OpenFile> {
  const inFile = path !== ':memory:';
  if (inFile) {
    await whenFree(() => refuseNewer(path));
    mkdirSync(dirname(path), { recursive: true });
    // Before SQLite comes: the files that it makes beside this one get the same permissions.
    closeSync(openSync(path, 'a', OWNER_ONLY));
    for (const each of [path, `${path}-wal`, `${path}-shm`]) keepToOwner(each);
  }
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    await whenFree(() => prepareSchema(database));
    const journal = inFile ? new SqliteJournal(path, database, flush) : null;
    return { database, journal, isThere: inFile ? rememberFiles([path, `${path}-wal`]) : () => true };
  } catch (error) {
    database.close();
    throw error;
  }
}

function refuseNewer(path: string): void {
  const found = readSchemaVersion(path);
  if (found > STORE_VERSION) throw new NewerStore(path, 'file', found);
}

function keepToOwner(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined && (found.mode & PERMISSIONS) !== OWNER_ONLY) chmodSync(path, OWNER_ONLY);
}
