import type { ErrorCode } from '../../core/errors.ts';
import { metricNames } from '../../platform/telemetry/metric-names.ts';
import type { Attributes } from '../../platform/telemetry/telemetry.ts';
import { traceAttempts } from '../way/report/trace-answer.ts';
import type { Services } from '../way/services.ts';
import type { Call } from './call.ts';

/** What a client that left before it got anything is counted as; nginx made up the status. */
export const CLIENT_GONE = ['client_gone', 499] as const;

/** Counts a request that ends without an answer, and finishes its trace. */
export function reportRefusal(
  { telemetry }: Pick<Services, 'telemetry'>,
  call: Call,
  code: ErrorCode | (typeof CLIENT_GONE)[0],
  status: number,
): void {
  const last = call.attempts.at(-1)?.endpoint;
  const asked: Attributes =
    last === undefined ? {} : { 'gen_ai.provider.name': last.provider, 'gen_ai.response.model': last.modelId };
  const outcome = code === 'client_gone' ? code : 'refused';
  const attributes = { 'http.response.status_code': status, 'mesh.outcome': outcome, ...asked };
  telemetry.metrics.add(metricNames.requests, 1, attributes);
  telemetry.metrics.add(metricNames.requestErrors, 1, { 'error.type': code, ...asked });
  if (call.span === null) return;
  call.span.set({ 'http.response.status_code': status, 'error.type': code });
  traceAttempts(call.span, call);
}
