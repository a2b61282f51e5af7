import type { Ask } from '../ask.ts';
import type { Services } from '../services.ts';
import type { AnswerReport } from './answer-report.ts';
import { logAnswer } from './log-answer.ts';
import { measureAnswer } from './measure-answer.ts';
import { traceAnswer } from './trace-answer.ts';

/** Logs, measures and traces an answer, after its client has all of it. */
export function reportAnswer({ log, telemetry, clock }: Services, ask: Ask, report: AnswerReport): void {
  logAnswer(log, ask, report.facts, report.posting, telemetry.tracing.logFields(ask.trace));
  measureAnswer(telemetry.metrics, ask, report, clock.monotonic());
  if (ask.span !== null) traceAnswer(ask.span, ask, report);
}
