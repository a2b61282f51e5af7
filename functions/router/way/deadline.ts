import { MeshError } from '../../core/errors.ts';
import { CALLER_TIMEOUT } from '../../core/health/blame.ts';
import type { AnswerBill } from '../../formats/shared/answer.ts';

/** A signal and what lets go of its timer. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

/** A signal that is aborted when the client has gone, or with `gateway_timeout` after the caller's own timeout. */
export function withDeadline(gone: AbortSignal, timeoutMs: number | null): Deadline {
  if (timeoutMs === null) return { signal: gone, [Symbol.dispose]() {} };
  const deadline = new AbortController();
  const passed = new MeshError('gateway_timeout', {
    message: 'The timeout you set has passed.',
    retry: 'never',
    providerCode: CALLER_TIMEOUT,
  });
  const timer = setTimeout(() => deadline.abort(passed), timeoutMs);
  return { signal: AbortSignal.any([gone, deadline.signal]), [Symbol.dispose]: () => clearTimeout(timer) };
}

/** Whether it is the end that the caller set. */
export function isCallerTimeout(error: unknown): error is MeshError {
  return error instanceof MeshError && error.providerCode === CALLER_TIMEOUT;
}

/** The end that the caller set with what the request cost, as when a client leaves; any other error as it is. */
export function withCost(error: MeshError, { mesh }: AnswerBill): MeshError {
  if (!isCallerTimeout(error)) return error;
  const { message, retry } = error;
  return new MeshError('gateway_timeout', {
    message,
    retry,
    providerCode: CALLER_TIMEOUT,
    details: { cost: mesh.cost },
  });
}
