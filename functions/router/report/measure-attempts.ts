import { metricNames } from '../../platform/telemetry/metric-names.ts';
import type { Metrics } from '../../platform/telemetry/telemetry.ts';
import { ABORTED, type AttemptRecord } from '../way/try-in-order.ts';
import { statusOf } from './trace-answer.ts';

/**
 * Counts the endpoints that were asked for a request and failed. Most of them nobody else hears of, since another one answered:
 * a provider that is at its limit is seen here first.
 */
export function measureAttempts(
  metrics: Metrics,
  attempts: readonly Pick<AttemptRecord, 'endpoint' | 'outcome' | 'providerCode'>[],
): void {
  for (const { endpoint, outcome, providerCode } of attempts) {
    if (outcome === 'ok' || outcome === ABORTED) continue;
    metrics.add(metricNames.attemptFailures, 1, {
      'gen_ai.provider.name': endpoint.provider,
      'mesh.endpoint': endpoint.id,
      'error.type': outcome,
      ...statusOf(providerCode),
    });
  }
}
