import { expect, test } from '@jest/globals';
import { type ErrorCode, MeshError } from '../errors.ts';
import { type Blame, blameOf, CALLER_TIMEOUT, MODEL_FAILED } from './blame.ts';

test.each<[ErrorCode, string | undefined, Blame]>([
  ['upstream_error', undefined, 'failed'],
  ['upstream_error', 'ECONNREFUSED', 'failed'],
  ['upstream_truncated', undefined, 'failed'],
  ['gateway_timeout', 'idle_timeout', 'failed'],
  ['upstream_error', '302', 'failed'],
  ['upstream_error', '424', 'failed'],
  ['gateway_timeout', '408', 'failed'],
  ['upstream_error', '500', 'failed'],
  ['upstream_error', '529', 'failed'],
  ['upstream_error', '429', 'limited'],
  ['upstream_error', '401', 'refused'],
  ['upstream_error', '402', 'refused'],
  ['upstream_error', '404', 'refused'],
  ['upstream_error', '403', 'none'],
  ['bad_request', '400', 'none'],
  ['model_capability_not_supported', '400', 'none'],
  ['gateway_timeout', CALLER_TIMEOUT, 'none'],
  ['upstream_error', 'too_many_connections', 'none'],
  ['upstream_error', MODEL_FAILED, 'none'],
  ['internal_error', undefined, 'none'],
])('%s with the provider code %s: %s', (code, providerCode, blame) => {
  expect(blameOf(new MeshError(code, providerCode === undefined ? {} : { providerCode }))).toBe(blame);
});
