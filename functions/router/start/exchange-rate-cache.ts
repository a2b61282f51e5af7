import { BUILT_IN_RATE, RATES, toRate, USD_INR } from '../../core/money/exchange-rates.ts';
import type { FxRate } from '../../core/money/fx.ts';
import type { Documents } from '../../core/store/documents.ts';
import type { Log } from '../../platform/log.ts';

/** How often the stored rate is read again. Sources change it once a day. */
export const RATE_REFRESH_MS = 60_000;

export interface RateCache {
  /** Rupees per dollar, from memory. */
  current(): FxRate;
  /** Reads the stored rate now; keeps the last one where that fails. */
  refresh(): Promise<void>;
  close(): void;
}

export function createRateCache(documents: Documents, log: Log): RateCache {
  let rate = BUILT_IN_RATE;
  const refresh = async () => {
    try {
      const stored = await documents.get(RATES, USD_INR);
      if (stored !== null) rate = toRate(stored);
    } catch (error) {
      log.warn('the exchange rate could not be read', { error: (error as Error).name });
    }
  };
  const timer = setInterval(refresh, RATE_REFRESH_MS).unref();
  return { current: () => rate, refresh, close: () => clearInterval(timer) };
}
