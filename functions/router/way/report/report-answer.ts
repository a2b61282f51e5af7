import type { Call } from '../../http/call.ts';
import type { Services } from '../services.ts';
import type { AnswerReport } from './answer-report.ts';
import { logAnswer } from './log-answer.ts';
import { measureAnswer } from './measure-answer.ts';
import { traceAnswer } from './trace-answer.ts';

/** Logs, measures and traces an answer, after its client has all of it. */
export function reportAnswer({ log, telemetry, clock }: Services, call: Call, report: AnswerReport): void {
  logAnswer(log, call, report.facts, report.posting, telemetry.tracing.logFields(call.trace));
  measureAnswer(telemetry.metrics, call, report, clock.monotonic());
  if (call.span !== null) traceAnswer(call.span, call, report);
}
