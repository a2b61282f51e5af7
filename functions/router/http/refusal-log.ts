import type { Clock } from '../../platform/clock.ts';
import type { Log, LogFields } from '../../platform/log.ts';
import type { Call } from './call.ts';

/** Of callers without a valid key so many refusals are logged in one window, for each address and in all. */
export const LINES_PER_ADDRESS = 5;
export const LINES_IN_ALL = 100;
export const WINDOW_MS = 10_000;
/** How much of a path is logged, in characters: it is its caller's own text. */
export const PATH_CHARACTERS = 128;

/**
 * Writes refusals to the log, so that nobody without a key can fill it: of those only a sample, and in the next window how
 * many there were.
 */
export function createRefusalLog(log: Log, clock: Pick<Clock, 'monotonic'>) {
  let since = clock.monotonic();
  let lines = 0;
  let unlogged = 0;
  const addresses = new Map<string, number>();

  function mayLog(call: Call): boolean {
    if (clock.monotonic() - since >= WINDOW_MS) begin();
    if (call.known) return true;
    const { address } = call;
    const before = addresses.get(address) ?? 0;
    if (lines >= LINES_IN_ALL || before >= LINES_PER_ADDRESS) {
      unlogged++;
      return false;
    }
    lines++;
    addresses.set(address, before + 1);
    return true;
  }

  function begin(): void {
    if (unlogged > 0) {
      log.info('refusals were not logged', {
        code: 'refusals_unlogged',
        refusals: unlogged,
        addresses: addresses.size,
      });
    }
    since = clock.monotonic();
    lines = 0;
    unlogged = 0;
    addresses.clear();
  }

  return (call: Call, level: 'info' | 'error', message: string, fields: LogFields): void => {
    if (!mayLog(call)) return;
    const path = call.path.slice(0, PATH_CHARACTERS);
    log[level](message, { request_id: call.requestId, path, ...fields });
  };
}

export type RefusalLog = ReturnType<typeof createRefusalLog>;
