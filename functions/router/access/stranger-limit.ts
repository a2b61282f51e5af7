import { MeshError } from '../../core/errors.ts';
import type { Clock } from '../../platform/clock.ts';

/** Keys that are not there are looked for so often in a minute, for one address. */
export const MAX_UNKNOWN_KEYS_A_MINUTE = 60;
const WINDOW_MS = 60_000;
/** Addresses counted at most; beyond them all count as one. */
export const MAX_ADDRESSES = 10_000;

/** Counts the keys that are not there by the address that they come from: each is a read of the store, which costs us. */
export function createStrangerLimit(clock: Pick<Clock, 'monotonic'>) {
  let since = clock.monotonic();
  const counts = new Map<string, number>();
  const nameOf = (address: string) => (counts.has(address) || counts.size < MAX_ADDRESSES ? address : '');

  function begin(): void {
    if (clock.monotonic() - since < WINDOW_MS) return;
    since = clock.monotonic();
    counts.clear();
  }

  return {
    /** Throws `rate_limit_exceeded` for an address that has guessed too often. */
    admit(address: string): void {
      begin();
      if ((counts.get(nameOf(address)) ?? 0) < MAX_UNKNOWN_KEYS_A_MINUTE) return;
      throw new MeshError('rate_limit_exceeded', {
        message: 'Too many API keys that do not exist have come from this address.',
        retryAfterSeconds: Math.ceil((since + WINDOW_MS - clock.monotonic()) / 1_000),
      });
    },
    /** One more key that is not there. */
    count(address: string): void {
      begin();
      const name = nameOf(address);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    },
  };
}
