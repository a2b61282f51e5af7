import type { Ask } from '../ask.ts';
import { traceAttempts } from './trace-answer.ts';

/** Finishes the trace of a request that got no answer: who was asked, and what came of it. */
export function reportFailure(ask: Ask): void {
  if (ask.span !== null) traceAttempts(ask.span, ask);
}
