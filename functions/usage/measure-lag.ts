import type { Clock } from '../platform/clock.ts';
import { metricNames } from '../platform/telemetry/metric-names.ts';
import type { Metrics } from '../platform/telemetry/telemetry.ts';

/** Measures how long a charge waited to be counted. Its time is the store's, so clocks that differ may make it too short. */
export function measureLag(metrics: Metrics, clock: Pick<Clock, 'now'>): (createdAt: Date) => void {
  return (createdAt) => {
    metrics.record(metricNames.eventsLag, Math.max(0, clock.now() - createdAt.getTime()) / 1_000);
  };
}
