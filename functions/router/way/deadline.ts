import { MeshError } from '../../core/errors.ts';
import { CALLER_TIMEOUT } from '../../core/health/blame.ts';
import type { Call } from '../http/call.ts';

/** A signal that is aborted when the client has gone, or with `gateway_timeout` after the caller's own `timeout` (seconds). */
export function withDeadline({ gone, res }: Call, seconds: number | null): AbortSignal {
  if (seconds === null) return gone;
  const deadline = new AbortController();
  const passed = new MeshError('gateway_timeout', {
    message: 'The timeout you set has passed.',
    retry: 'never',
    providerCode: CALLER_TIMEOUT,
  });
  const timer = setTimeout(() => deadline.abort(passed), seconds * 1000);
  res.once('close', () => clearTimeout(timer));
  return AbortSignal.any([gone, deadline.signal]);
}
