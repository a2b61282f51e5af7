import { BUILT_IN_RATE, RATES, toRate, USD_INR } from '../../core/money/exchange-rates.ts';
import type { FxRate } from '../../core/money/fx.ts';
import type { Documents } from '../../core/store/documents.ts';

/** How often the stored rate is read again. Sources change it once a day. */
export const RATE_REFRESH_MS = 60_000;

export interface RateCache {
  /** Rupees per dollar, from memory. */
  current(): FxRate;
  /** Reads the stored rate now. Where that fails the last one goes on. */
  refresh(): Promise<void>;
}

export function createRateCache(documents: Pick<Documents, 'get'>): RateCache {
  let rate = BUILT_IN_RATE;
  return {
    current: () => rate,
    async refresh() {
      const stored = await documents.get(RATES, USD_INR);
      if (stored !== null) rate = toRate(stored);
    },
  };
}
