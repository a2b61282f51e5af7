import type { Fields } from '../core/documents.ts';
import type { Posted } from '../core/leases.ts';
import type { Bill } from './bill.ts';
import type { Call } from './call.ts';
import type { Delivery } from './delivery.ts';
import { logAnswer } from './log-answer.ts';
import { measureAnswer } from './measure-answer.ts';
import type { Router } from './router.ts';
import { traceAnswer } from './trace-answer.ts';

/** What is known of a request that was charged. */
export interface AnswerReport {
  /** Those of its entry. `requested_model` is the catalogue's name. */
  facts: Fields;
  delivery: Delivery;
  bill: Bill;
  /** Null where the charge was not confirmed in time. */
  posting: Posted | null;
  /** From its arrival to the end of its delivery. */
  totalMs: number;
}

/** Logs, measures and traces an answer, after its client has all of it. */
export function reportAnswer({ log, telemetry, clock }: Router, call: Call, report: AnswerReport): void {
  logAnswer(log, call, report.facts, report.posting, telemetry.tracing.logFields(call.trace));
  measureAnswer(telemetry.metrics, call, report, clock.monotonic());
  if (call.span !== null) traceAnswer(call.span, call, report);
}
