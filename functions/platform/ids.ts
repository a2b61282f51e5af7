import { randomFillSync } from 'node:crypto';
import { monotonicFactory } from 'ulid';
import type { Clock } from './clock.ts';

/** Random bytes are fetched this many at a time; asking for each one alone costs more than the rest of an id. */
const RANDOM_POOL_BYTES = 4_096;

export interface Ids {
  /** `req_` and a ULID. */
  request(): string;
  /**
   * Any other id, `mint('ins')` for `ins_01J…`. Ids rise with time, within this process even when the clock goes back,
   * so they sort by age. Whoever knows one may guess the next: an id is no secret.
   */
  mint(prefix: string): string;
}

/** `random` gives numbers from 0 to below 1; it is fixed in tests only. */
export function createIds(clock: Clock, random: () => number = pooledRandom()): Ids {
  const ulid = monotonicFactory(random);
  const mint = (prefix: string) => `${prefix}_${ulid(clock.now())}`;
  return { request: () => mint('req'), mint };
}

function pooledRandom(): () => number {
  const pool = new Uint8Array(RANDOM_POOL_BYTES);
  let next = pool.length;
  return () => {
    if (next === pool.length) {
      randomFillSync(pool);
      next = 0;
    }
    const byte = pool[next] ?? 0;
    next += 1;
    return byte / 256;
  };
}
