import type { ErrorCode, MeshError } from '../../core/errors.ts';

/** Google's canonical codes, as far as the router says them. https://google.aip.dev/193 */
export type CanonicalCode =
  | 'INVALID_ARGUMENT'
  | 'FAILED_PRECONDITION'
  | 'UNAUTHENTICATED'
  | 'PERMISSION_DENIED'
  | 'NOT_FOUND'
  | 'ABORTED'
  | 'RESOURCE_EXHAUSTED'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'DEADLINE_EXCEEDED';

const codes: Readonly<Record<ErrorCode, CanonicalCode>> = {
  unauthorized: 'UNAUTHENTICATED',
  forbidden: 'PERMISSION_DENIED',
  spend_limit_exceeded: 'RESOURCE_EXHAUSTED',
  rate_limit_exceeded: 'RESOURCE_EXHAUSTED',
  invalid_request_error: 'INVALID_ARGUMENT',
  validation_error: 'INVALID_ARGUMENT',
  bad_request: 'INVALID_ARGUMENT',
  invalid_api_version: 'INVALID_ARGUMENT',
  context_length_exceeded: 'INVALID_ARGUMENT',
  content_policy_violation: 'INVALID_ARGUMENT',
  model_capability_not_supported: 'INVALID_ARGUMENT',
  model_not_found: 'NOT_FOUND',
  not_found: 'NOT_FOUND',
  method_not_allowed: 'UNIMPLEMENTED',
  conflict: 'ABORTED',
  confirmation_required: 'FAILED_PRECONDITION',
  upgrade_required: 'FAILED_PRECONDITION',
  payload_too_large: 'INVALID_ARGUMENT',
  upstream_error: 'UNAVAILABLE',
  upstream_truncated: 'UNAVAILABLE',
  provider_not_available: 'UNAVAILABLE',
  gateway_timeout: 'DEADLINE_EXCEEDED',
  internal_error: 'INTERNAL',
};

/** An error in Google's status and code. A limit of the provider's is a 429 there too: clients know how to wait for that. */
export function toCanonical({ code, status, providerCode }: MeshError): { status: number; code: CanonicalCode } {
  if (code === 'upstream_error' && providerCode === '429') return { status: 429, code: 'RESOURCE_EXHAUSTED' };
  return { status, code: codes[code] };
}
