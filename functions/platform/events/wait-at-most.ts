import { setTimeout as wait } from 'node:timers/promises';

/** Waits until `work` is done, or for that long. */
export async function waitAtMost(work: Promise<unknown>, milliseconds: number): Promise<void> {
  const limit = new AbortController();
  const limited = wait(milliseconds, undefined, { signal: limit.signal }).catch(() => {});
  try {
    await Promise.race([work, limited]);
  } finally {
    limit.abort();
  }
}
