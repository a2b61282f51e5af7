import type { MeshError } from '../../core/errors.ts';

/** SDKs sleep for as long as they are told to; beyond this they are told not to retry. */
const MAX_RETRY_AFTER_SECONDS = 60;

/** What SDKs go by when they retry. `status`: as the surface says it. `isFinal`: where that status alone would be tried again. */
export function retryHeaders(
  { code, retry, retryAfterSeconds }: MeshError,
  status: number,
  isFinal = false,
): Record<string, string> {
  // Only the caller's own timeout is a 504 that may not be tried again: each try would be charged.
  const isOwnTimeout = code === 'gateway_timeout' && retry === 'never';
  const noRetry = isFinal || status === 409 || isOwnTimeout || (retryAfterSeconds ?? 0) > MAX_RETRY_AFTER_SECONDS;
  return {
    ...(retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) }),
    ...(noRetry ? { 'x-should-retry': 'false' } : {}),
  };
}
