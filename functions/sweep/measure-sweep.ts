import { metricNames } from '../platform/telemetry/metric-names.ts';
import type { Metrics } from '../platform/telemetry/telemetry.ts';
import type { SweepReport } from './sweep.ts';

/** What a sweep found, and that it did all of its work. */
export function measureSweep(metrics: Metrics, { holds_voided, failed }: SweepReport): void {
  metrics.add(metricNames.holdsExpired, holds_voided);
  if (failed === 0) metrics.add(metricNames.scheduleSuccess, 1, { 'mesh.job': 'sweep' });
}
