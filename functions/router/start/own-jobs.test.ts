import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { memoryLog } from '../../../test/support/memory-log.ts';
import { CLOCK_SYNC_MS } from '../../core/store/store-clock.ts';
import { type Background, createBackground } from '../../platform/background/background.ts';
import { LOOK_MS } from '../../platform/documents/watch-documents.ts';
import { silentMetrics } from '../../platform/telemetry/telemetry.ts';
import { REFUSALS_FLUSH_MS } from '../way/refusal-counts.ts';
import { RATE_REFRESH_MS } from './exchange-rate-cache.ts';
import { CATALOGUE_CHECK_MS } from './living-catalogue.ts';
import { type OwnJobsPorts, ownJobs, SEAL_KEYS_CHECK_MS, SECRETS_CHECK_MS, TICK_MS } from './own-jobs.ts';

const MINUTE_MS = 60_000;

let done: Map<string, number>;
let broken: string | null;
let log: ReturnType<typeof memoryLog>;
let background: Background;

beforeEach(() => {
  jest.useFakeTimers();
  done = new Map();
  broken = null;
  log = memoryLog();
  background = createBackground({ log, metrics: silentMetrics, monotonic: () => 0 });
  for (const job of ownJobs(ports)) background.every(job);
});
afterEach(() => {
  background.close();
  jest.useRealTimers();
});

function count(name: string): void {
  done.set(name, (done.get(name) ?? 0) + 1);
  if (name === broken) throw new Error('broken');
}

const ports = {
  gate: { check: async () => count('store_probe') },
  leases: { tick: () => count('leases') },
  endUsers: { tick: () => count('end_users') },
  rateLimits: { tick: () => count('rate_limits') },
  breakers: { tick: () => count('breakers') },
  figures: { tick: () => count('figures') },
  storeClock: { sync: async () => count('store_clock'), now: () => 0 },
  catalogue: { refreshSecrets: async () => count('credentials'), tick: async () => count('catalogue') },
  exchangeRate: { refresh: async () => count('exchange_rate') },
  refusals: { flush: async () => count('refusals') },
  sealKeys: { refresh: async () => count('seal_keys') },
} as unknown as OwnJobsPorts;

const inAMinute = {
  leases: MINUTE_MS / TICK_MS,
  end_users: MINUTE_MS / TICK_MS,
  rate_limits: MINUTE_MS / TICK_MS,
  breakers: MINUTE_MS / TICK_MS,
  figures: MINUTE_MS / TICK_MS,
  store_probe: MINUTE_MS / LOOK_MS,
  store_clock: MINUTE_MS / CLOCK_SYNC_MS,
  catalogue: MINUTE_MS / CATALOGUE_CHECK_MS,
  credentials: MINUTE_MS / SECRETS_CHECK_MS,
  exchange_rate: MINUTE_MS / RATE_REFRESH_MS,
  refusals: MINUTE_MS / REFUSALS_FLUSH_MS,
  seal_keys: MINUTE_MS / SEAL_KEYS_CHECK_MS,
};

test('a router looks after all that it has, as often as each needs it', async () => {
  await jest.advanceTimersByTimeAsync(MINUTE_MS);
  expect(Object.fromEntries(done)).toEqual(inAMinute);
});

test.each(Object.keys(inAMinute))('where %s fails, nothing else is looked after less', async (name) => {
  broken = name;
  await jest.advanceTimersByTimeAsync(MINUTE_MS);
  expect(Object.fromEntries(done)).toEqual(inAMinute);
  expect(log.lines.map(({ fields }) => [fields.code, fields.job])).toEqual([['background_failed', name]]);
});
