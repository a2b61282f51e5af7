import type { Breakers } from '../../core/health/breakers.ts';
import type { LeaseTransaction } from '../../core/leases/live-lease.ts';
import type { Posted } from '../../core/leases/post-hold.ts';
import type { Hold } from '../../core/ledger/holds.ts';
import { nanosToPicoUsd } from '../../core/money/fx.ts';
import type { Nanos } from '../../core/money/money.ts';
import { metricNames } from '../../platform/telemetry/metric-names.ts';
import type { Metrics } from '../../platform/telemetry/telemetry.ts';

const PICO_USD_PER_USD = 1e12;

const kinds: Readonly<Record<LeaseTransaction, { 'mesh.kind': LeaseTransaction }>> = {
  grant: { 'mesh.kind': 'grant' },
  return: { 'mesh.kind': 'return' },
  renew: { 'mesh.kind': 'renew' },
  close: { 'mesh.kind': 'close' },
};

export function countByKind(metrics: Metrics): (kind: LeaseTransaction) => void {
  return (kind) => metrics.add(metricNames.leaseTransactions, 1, kinds[kind]);
}

const byOwner = { 'mesh.payer': 'owner' };
const byUs = { 'mesh.payer': 'mesh' };

/** A charge that went beyond its hold, or that nobody pays. */
export function measurePosting(metrics: Metrics, hold: Hold, { lost, overage, writtenOff }: Posted): void {
  const usd = (nanos: Nanos) => Number(nanosToPicoUsd(nanos, hold.currency, hold.fx)) / PICO_USD_PER_USD;
  if (lost) metrics.add(metricNames.chargesLost, 1);
  else if (overage + writtenOff > 0n) {
    metrics.add(metricNames.overage, usd(overage), byOwner);
    metrics.add(metricNames.overage, usd(writtenOff), byUs);
  }
}

/**
 * What is looked at whenever metrics are collected. `rateAgeMs`: how old the exchange rate is that charges go by.
 *
 * Counters of what should never be begin at zero: a series that begins with its first event has nothing before it that it
 * could have grown from, and an alert on its growth would not hear of that event.
 */
export function observeState(metrics: Metrics, breakers: Breakers, rateAgeMs: () => number): void {
  metrics.add(metricNames.chargesLost, 0);
  for (const payer of [byOwner, byUs]) metrics.add(metricNames.overage, 0, payer);
  metrics.observe(metricNames.fxAge, () => rateAgeMs() / 1_000);
  metrics.observe(metricNames.breakersOpen, () => {
    const known = breakers.list();
    return known.filter(({ breaker }) => breaker.state !== 'closed').length;
  });
}
