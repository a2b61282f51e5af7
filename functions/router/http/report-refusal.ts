import type { ErrorCode } from '../../core/errors.ts';
import { metricNames } from '../../platform/telemetry/metric-names.ts';
import type { Metrics, Span } from '../../platform/telemetry/telemetry.ts';
import type { Told } from './call.ts';

/** What a client that left before it got anything is counted as; nginx made up the status. */
export const CLIENT_GONE = ['client_gone', 499] as const;

/** Counts a request that ends without an answer. */
export function reportRefusal(
  metrics: Metrics,
  { span, told }: { span: Span | null; told: Pick<Told, 'attributes'> | null },
  code: ErrorCode | (typeof CLIENT_GONE)[0],
  status: number,
): void {
  const asked = told?.attributes() ?? {};
  const outcome = code === 'client_gone' ? code : 'refused';
  const attributes = { 'http.response.status_code': status, 'mesh.outcome': outcome, ...asked };
  metrics.add(metricNames.requests, 1, attributes);
  metrics.add(metricNames.requestErrors, 1, { 'error.type': code, ...asked });
  span?.set({ 'http.response.status_code': status, 'error.type': code });
}
