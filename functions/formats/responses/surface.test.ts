import { expect, test } from '@jest/globals';
import { type ErrorCode, MeshError } from '../../core/errors.ts';
import { responsesSurface } from './surface.ts';

const ids = { requestId: 'req_1', label: null, meshSdk: false, more: {} };

/** The error of the last event of a stream that broke before it began. */
function failure(error: MeshError) {
  const text = responsesSurface.frame(responsesSurface.refuse(error, ids).body);
  const events = text.split('\n\n').filter(Boolean);
  expect(events.map((event) => /^event: (.+)$/m.exec(event)?.[1])).toEqual(['response.created', 'response.failed']);
  return JSON.parse(/^data: (.+)$/m.exec(events[1] ?? '')?.[1] ?? '{}').response.error;
}

test.each<[ErrorCode, string]>([
  ['context_length_exceeded', 'context_length_exceeded'],
  ['spend_limit_exceeded', 'insufficient_quota'],
  ['rate_limit_exceeded', 'rate_limit_exceeded'],
  ['content_policy_violation', 'invalid_prompt'],
  ['payload_too_large', 'invalid_prompt'],
  ['upstream_error', 'server_error'],
  ['provider_not_available', 'server_error'],
  ['internal_error', 'server_error'],
])('%s is %s to a client whose stream had only pings', (ours, code) => {
  expect(failure(new MeshError(ours))).toMatchObject({ code });
});

test('Codex reads from the message how long to wait', () => {
  const error = failure(new MeshError('rate_limit_exceeded', { message: 'Slow down.', retryAfterSeconds: 11 }));
  expect(error.message).toMatch(/try again in 11s/);
});

test('where there is no money nobody tries again', () => {
  const { status, headers, body } = responsesSurface.refuse(new MeshError('spend_limit_exceeded'), ids);
  expect([status, headers['x-should-retry']]).toEqual([429, 'false']);
  expect(body.error).toMatchObject({ code: 'insufficient_quota', type: 'insufficient_quota' });
});

test('a cap that begins anew says when, in the words by which Codex tells its user', () => {
  const details = { reason: 'key_cap', window: 'daily', resets_at: '2026-11-29T00:00:00.000Z' };
  const { body } = responsesSurface.refuse(new MeshError('spend_limit_exceeded', { details }), ids);
  expect(body.error).toMatchObject({
    code: 'insufficient_quota',
    type: 'usage_limit_reached',
    resets_at: Date.UTC(2026, 10, 29) / 1_000,
  });
});

test('a balance, which does not begin anew, says nothing of a time', () => {
  const details = { reason: 'balance', resets_at: null };
  const { body } = responsesSurface.refuse(new MeshError('spend_limit_exceeded', { details }), ids);
  expect(body.error).toMatchObject({ type: 'insufficient_quota' });
  expect(body.error).not.toHaveProperty('resets_at');
});
