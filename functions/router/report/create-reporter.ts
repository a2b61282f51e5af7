import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { Telemetry } from '../../platform/telemetry/telemetry.ts';
import type { Reporter } from '../way/reporter.ts';
import { logAnswer } from './log-answer.ts';
import { measureAnswer } from './measure-answer.ts';
import { measureAttempts } from './measure-attempts.ts';
import { traceAnswer, traceAttempts } from './trace-answer.ts';

export interface ReporterPorts {
  log: Log;
  telemetry: Telemetry;
  clock: Clock;
}

/** Logs, measures and traces what became of requests. */
export function createReporter({ log, telemetry: { metrics, tracing }, clock }: ReporterPorts): Reporter {
  return {
    answered(ask, report) {
      logAnswer(log, ask, report, tracing.logFields(ask.trace));
      measureAttempts(metrics, ask.attempts);
      measureAnswer(metrics, ask, report, clock.monotonic());
      if (ask.span !== null) traceAnswer(ask.span, ask, report);
    },
    failed(ask) {
      measureAttempts(metrics, ask.attempts);
      if (ask.span !== null) traceAttempts(ask.span, ask);
    },
  };
}
