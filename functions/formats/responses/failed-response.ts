import { isRecord } from '../shared/is-record.ts';
import type { Refusal } from '../shared/surface.ts';
import { textOf } from '../shared/text-of.ts';

/** The codes that clients of the Responses API act on; whatever is not here is the server's error, and may be tried again. */
const codes: Readonly<Record<string, string>> = {
  context_length_exceeded: 'context_length_exceeded',
  insufficient_quota: 'insufficient_quota',
  spend_limit_exceeded: 'insufficient_quota',
  rate_limit_exceeded: 'rate_limit_exceeded',
  content_policy_violation: 'invalid_prompt',
  invalid_request_error: 'invalid_prompt',
  validation_error: 'invalid_prompt',
  bad_request: 'invalid_prompt',
  payload_too_large: 'invalid_prompt',
  model_capability_not_supported: 'invalid_prompt',
};

/** The error of a refusal as a failed response says it: Codex reads from the message of a refused rate how long to wait. */
export function failedError(body: Refusal['body']): Readonly<Record<string, unknown>> {
  const error = isRecord(body.error) ? body.error : {};
  const code = textOf(error.code);
  const message = textOf(error.message);
  const seconds = error.retry_after_seconds;
  const known = error.provider_code === '429' ? 'rate_limit_exceeded' : (codes[code] ?? 'server_error');
  const waits = known === 'rate_limit_exceeded' && typeof seconds === 'number';
  return {
    ...error,
    code: known,
    message: waits ? `${message} Please try again in ${seconds}s.` : message,
    mesh_code: code,
  };
}
