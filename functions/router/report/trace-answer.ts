import type { Span } from '../../platform/telemetry/telemetry.ts';
import type { Ask } from '../way/ask.ts';
import type { AnswerReport } from '../way/reporter.ts';

/** What a followed request says of itself, once it is over, and its parts: each attempt, and its charge. */
export function traceAnswer(span: Span, ask: Ask, report: AnswerReport): void {
  const { facts, delivery, bill, posting, totalMs } = report;
  const { endpoint } = delivery.candidate;
  span.set({
    'gen_ai.operation.name': ask.operation,
    'gen_ai.provider.name': endpoint.provider,
    'gen_ai.request.model': String(facts.requested_model),
    'gen_ai.response.model': endpoint.modelId,
    'gen_ai.usage.input_tokens': bill.usage.input,
    'gen_ai.usage.output_tokens': bill.usage.output,
    'http.response.status_code': 200,
    'mesh.outcome': delivery.outcome,
    'mesh.attempts': ask.attempts.length,
    ...(delivery.error === null ? {} : { 'error.type': delivery.error.code }),
  });
  traceAttempts(span, ask, report);
  const post = span.child('post', { startedAt: wallTime(ask, ask.startedAt + totalMs) });
  post.set({ 'mesh.settled': posting !== null, 'mesh.lost': posting?.lost ?? false });
  post.end();
}

/** Attempts are made parts of the trace when they are over: until then nothing is kept of them but their records. */
export function traceAttempts(span: Span, ask: Ask, report?: AnswerReport): void {
  for (const [at, { endpoint, outcome, providerCode, latencyMs, startedAt, pass }] of ask.attempts.entries()) {
    const answers = report !== undefined && at === ask.attempts.length - 1;
    const { upstreamMs = 0, clientMs = 0, error = null } = answers ? report.delivery : {};
    const failure = answers ? error?.code : outcome === 'ok' ? undefined : outcome;
    const attempt = span.child(`${ask.operation} ${endpoint.modelId}`, {
      kind: 'client',
      startedAt: wallTime(ask, startedAt),
      attributes: {
        'gen_ai.operation.name': ask.operation,
        'gen_ai.provider.name': endpoint.provider,
        'gen_ai.request.model': endpoint.modelId,
        'mesh.endpoint': endpoint.id,
        'mesh.outcome': answers ? report.delivery.outcome : outcome,
        'mesh.breaker': pass.kind,
        ...statusOf(providerCode),
        ...(failure === undefined ? {} : { 'error.type': failure }),
      },
    });
    attempt.end(wallTime(ask, startedAt + latencyMs + upstreamMs + clientMs));
  }
}

/** A provider's status; what else it may have called its failure is text of its own, and stays out. */
export function statusOf(providerCode: string | null): { 'http.response.status_code'?: number } {
  return /^\d{3}$/.test(providerCode ?? '') ? { 'http.response.status_code': Number(providerCode) } : {};
}

/** Unix milliseconds of a monotonic time of a call. */
function wallTime({ arrivedAt, startedAt }: Ask, monotonicMs: number): number {
  return arrivedAt + (monotonicMs - startedAt);
}
