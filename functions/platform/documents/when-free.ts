import { setTimeout as wait } from 'node:timers/promises';
import { StoreUnavailable } from '../../core/store/documents.ts';

/** How long a read or a write waits while another process writes. */
export const BUSY_LIMIT_MS = 5_000;
export const BUSY_RETRY_MS = 5;

/** What SQLite calls a file that another process has locked. */
const SQLITE_BUSY = 5;

/** Does something with the file as soon as no other process has it locked. Everything inside is synchronous. */
export async function whenFree<T>(act: () => T): Promise<T> {
  const deadline = performance.now() + BUSY_LIMIT_MS;
  for (;;) {
    try {
      return act();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() > deadline) throw new StoreUnavailable('The store is locked by another process.');
    }
    await wait(BUSY_RETRY_MS * (0.5 + Math.random()));
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY;
}
