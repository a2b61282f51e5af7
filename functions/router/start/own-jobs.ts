import { CLOCK_SYNC_MS, type StoreClock } from '../../core/store/store-clock.ts';
import type { Job } from '../../platform/background/background.ts';
import { LOOK_MS, type StoreGate } from '../../platform/documents/watch-documents.ts';
import { REFUSALS_FLUSH_MS, type RefusalCounts } from '../way/refusal-counts.ts';
import { RATE_REFRESH_MS, type RateCache } from './exchange-rate-cache.ts';
import { CATALOGUE_CHECK_MS, type RunningCatalogue } from './living-catalogue.ts';

/** How often leases, rates, breakers and figures are looked after. */
export const TICK_MS = 1_000;

/**
 * How often it is looked for upstream credentials that were added, changed or taken away. With `REFRESH_AGE_MS` less than a
 * minute, so that after one nobody uses an old one, however seldom it is asked for.
 */
export const SECRETS_CHECK_MS = 20_000;

/**
 * How often it is looked for a new version of the sealing key. One that was found is read at once, and writes after the next
 * look, when everybody else has found it.
 */
export const SEAL_KEYS_CHECK_MS = 60_000;

interface Ticking {
  tick(): void;
}

export interface OwnJobsPorts {
  gate: StoreGate;
  leases: Ticking;
  endUsers: Ticking;
  rateLimits: Ticking;
  breakers: Ticking;
  figures: Ticking;
  storeClock: StoreClock;
  catalogue: Pick<RunningCatalogue, 'tick' | 'refreshSecrets'>;
  exchangeRate: RateCache;
  refusals: Pick<RefusalCounts, 'flush'>;
  /** The keys that seal. */
  sealKeys: { refresh(): Promise<void> };
}

/** What every router does again and again, wherever it runs. */
export function ownJobs(ports: OwnJobsPorts): Job[] {
  const {
    gate,
    leases,
    endUsers,
    rateLimits,
    breakers,
    figures,
    storeClock,
    catalogue,
    exchangeRate,
    refusals,
    sealKeys,
  } = ports;
  return [
    { name: 'leases', everyMs: TICK_MS, run: () => leases.tick() },
    { name: 'end_users', everyMs: TICK_MS, run: () => endUsers.tick() },
    { name: 'rate_limits', everyMs: TICK_MS, run: () => rateLimits.tick() },
    { name: 'breakers', everyMs: TICK_MS, run: () => breakers.tick() },
    { name: 'figures', everyMs: TICK_MS, run: () => figures.tick() },
    // A store that was closed is tried each second; one that is open has said so by the last write, but for a file's being gone.
    { name: 'store_probe', everyMs: LOOK_MS, run: () => gate.check() },
    { name: 'store_clock', everyMs: CLOCK_SYNC_MS, run: () => storeClock.sync() },
    { name: 'catalogue', everyMs: CATALOGUE_CHECK_MS, run: () => catalogue.tick() },
    { name: 'credentials', everyMs: SECRETS_CHECK_MS, run: () => catalogue.refreshSecrets() },
    { name: 'exchange_rate', everyMs: RATE_REFRESH_MS, run: () => exchangeRate.refresh() },
    { name: 'refusals', everyMs: REFUSALS_FLUSH_MS, run: () => refusals.flush() },
    { name: 'seal_keys', everyMs: SEAL_KEYS_CHECK_MS, run: () => sealKeys.refresh() },
  ];
}
