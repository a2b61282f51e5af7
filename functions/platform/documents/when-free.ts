import { setTimeout as wait } from 'node:timers/promises';
import { type StoreTrouble, StoreUnavailable } from '../../core/store/documents.ts';

/** How long a read or a write waits while another process writes. */
export const BUSY_LIMIT_MS = 5_000;
export const BUSY_RETRY_MS = 5;

/** SQLite's primary result codes that say something of the whole file. https://www.sqlite.org/rescode.html */
const SQLITE_BUSY = 5;
const troubles: Readonly<Record<number, StoreTrouble>> = {
  [SQLITE_BUSY]: 'locked',
  8: 'read_only',
  10: 'io',
  11: 'damaged',
  13: 'full',
  14: 'missing',
  26: 'damaged',
};

/**
 * Does something with the file as soon as no other process has it locked. Everything inside is synchronous. What concerns the
 * whole file is thrown as `StoreUnavailable` with its trouble.
 */
export async function whenFree<T>(act: () => T): Promise<T> {
  const deadline = performance.now() + BUSY_LIMIT_MS;
  for (;;) {
    try {
      return act();
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble === null) throw error;
      if (trouble !== 'locked' || performance.now() > deadline) throw unavailable(trouble, error);
    }
    await wait(BUSY_RETRY_MS * (0.5 + Math.random()));
  }
}

/** What an error of SQLite says of the whole file; null where it says nothing of it. */
export function troubleOf(error: unknown): StoreTrouble | null {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return null;
  return troubles[Number(error.errcode) & 0xff] ?? null;
}

/** What an error of the operating system, of writing a file, says of the whole store. */
export function troubleOfSystem(error: unknown): StoreTrouble {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'full';
  return code === 'EROFS' ? 'read_only' : 'io';
}

function unavailable(trouble: StoreTrouble, cause: unknown): StoreUnavailable {
  return new StoreUnavailable(`The store cannot be used (${trouble}).`, { cause, trouble });
}
