import type { ErrorCode } from '../../../core/errors.ts';

/** What the way may refuse a paid request with, whatever its operation. */
export const requestErrors = [
  'spend_limit_exceeded',
  'rate_limit_exceeded',
  'model_not_found',
  'context_length_exceeded',
  'content_policy_violation',
  'model_capability_not_supported',
  'conflict',
  'upstream_error',
  'upstream_truncated',
  'gateway_timeout',
] as const satisfies readonly ErrorCode[];
