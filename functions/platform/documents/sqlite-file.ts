import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { prepareSchema } from './sqlite-schema.ts';
import { whenFree } from './when-free.ts';

/** Read and written by its own user alone. */
const OWNER_ONLY = 0o600;

export interface OpenFile {
  database: DatabaseSync;
  /** Whether the path still leads to the file that was opened: SQLite goes on with one that was deleted or replaced. */
  isThere(): boolean;
}

/** Opens a database, made if there is none and brought to our schema; in memory for `:memory:`. Throws for a newer version's. */
export async function openFile(path: string): Promise<OpenFile> {
  const inFile = path !== ':memory:';
  if (inFile) {
    mkdirSync(dirname(path), { recursive: true });
    closeSync(openSync(path, 'a', OWNER_ONLY));
  }
  const database = new DatabaseSync(path, { timeout: 0 });
  await whenFree(() => prepareSchema(database));
  if (!inFile) return { database, isThere: () => true };
  for (const each of [path, `${path}-wal`, `${path}-shm`].filter((each) => existsSync(each)))
    chmodSync(each, OWNER_ONLY);
  const opened = statSync(path, { bigint: true });
  return {
    database,
    isThere: () => {
      const now = statSync(path, { bigint: true, throwIfNoEntry: false });
      return now?.ino === opened.ino && now.dev === opened.dev;
    },
  };
}
