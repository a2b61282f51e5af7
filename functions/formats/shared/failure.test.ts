import { describe, expect, test } from '@jest/globals';
import { classifyFailure, scrub } from './failure.ts';

const plain = { code: '', message: 'it went wrong' };

describe('who may try again', () => {
  test.each([
    [400, 'bad_request', 'never'],
    [422, 'bad_request', 'never'],
    [413, 'payload_too_large', 'never'],
    [401, 'upstream_error', 'other'],
    [403, 'upstream_error', 'other'],
    [404, 'upstream_error', 'other'],
    [408, 'gateway_timeout', 'other'],
    [429, 'upstream_error', 'other'],
    [500, 'upstream_error', 'other'],
    [503, 'upstream_error', 'other'],
    [529, 'upstream_error', 'other'],
    [302, 'upstream_error', 'other'],
  ])('%i is %s and moves to %s', (status, code, retry) => {
    expect(classifyFailure(status, {}, plain)).toMatchObject({ code, retry, providerCode: String(status) });
  });
});

test.each([
  ['This model’s maximum context length is 8192 tokens', 'context_length_exceeded', 'never'],
  ['prompt is too long: 250000 tokens > 200000 maximum', 'context_length_exceeded', 'never'],
  ['Input is too long for requested model.', 'context_length_exceeded', 'never'],
  ['Your request was flagged by content policy', 'content_policy_violation', 'never'],
  ['tools are not supported by this model', 'model_capability_not_supported', 'other'],
  ['temperature must be below 2', 'bad_request', 'never'],
])('a 400 that says %j is %s', (message, code, retry) => {
  expect(classifyFailure(400, {}, { code: '', message })).toMatchObject({ code, retry });
});

test('a failure of the provider’s own is not quoted: it may hold anything', () => {
  expect(classifyFailure(500, {}, { code: 'api_error', message: 'worker 10.0.0.7 died' }).message).toBe(
    'The provider failed.',
  );
});

test('Retry-After in seconds is kept, rounded up; a date is left to whoever has a clock', () => {
  expect(classifyFailure(429, { 'retry-after': '1.2' }, plain).retryAfterSeconds).toBe(2);
  expect(classifyFailure(429, {}, { ...plain, retryAfterSeconds: 35 }).retryAfterSeconds).toBe(35);
  expect(classifyFailure(429, { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }, plain).retryAfterSeconds).toBeNull();
});

describe('what must not travel', () => {
  test.each([
    'see https://example.com/v1?key=AIzaSyA-very-secret-key-0123456789',
    'Incorrect API key provided: sk-proj-abcdefghijklmnop1234567890',
    'bad token Bearer ya29.a0AfH6SMBx-abcdefghijkl',
    'key AKIAIOSFODNN7EXAMPLE is not active',
  ])('%j', (text) => {
    expect(scrub(text)).not.toMatch(/sk-proj-abc|AIzaSyA|ya29\.a0|AKIAIOSF|https:/);
  });

  test('a long message is cut, since some providers quote the request', () =>
    expect(scrub('x'.repeat(10_000))).toHaveLength(500));
});
