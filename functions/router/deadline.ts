import { MeshError } from '../core/errors.ts';

/** A signal that is aborted with `gone`, or with `gateway_timeout` once the caller's own `timeout` (seconds) has passed. */
export function withDeadline(gone: AbortSignal, seconds: number | null): AbortSignal {
  if (seconds === null) return gone;
  const deadline = new AbortController();
  const expire = () =>
    deadline.abort(new MeshError('gateway_timeout', { message: 'The timeout you set has passed.', retry: 'never' }));
  const timer = setTimeout(expire, seconds * 1000).unref();
  gone.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return AbortSignal.any([gone, deadline.signal]);
}
