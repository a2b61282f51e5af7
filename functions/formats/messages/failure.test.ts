import { describe, expect, test } from '@jest/globals';
import { failure } from './failure.ts';

const anthropic = (type: string, message: string) =>
  JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_011' });

describe('a reply that failed', () => {
  test.each<[number, string, object]>([
    [
      400,
      anthropic('invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'),
      { code: 'context_length_exceeded', status: 400, retry: 'never' },
    ],
    [
      400,
      anthropic('invalid_request_error', 'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000'),
      { code: 'context_length_exceeded' },
    ],
    [
      400,
      anthropic('invalid_request_error', 'tools.0.name: Invalid'),
      { code: 'bad_request', message: 'tools.0.name: Invalid', retry: 'never' },
    ],
    [401, anthropic('authentication_error', 'invalid x-api-key'), { code: 'upstream_error', retry: 'other' }],
    [404, anthropic('not_found_error', 'model: claude-9'), { code: 'upstream_error', retry: 'other' }],
    [413, anthropic('request_too_large', 'Request exceeds the maximum size'), { code: 'payload_too_large' }],
    [
      429,
      anthropic('rate_limit_error', 'slow down'),
      { code: 'upstream_error', retry: 'other', retryAfterSeconds: 12 },
    ],
    [
      529,
      anthropic('overloaded_error', 'Overloaded'),
      { code: 'upstream_error', retry: 'other', providerCode: '529', details: { provider_error: 'overloaded_error' } },
    ],
    [
      429,
      '[{"error":{"code":429,"message":"Quota exceeded","status":"RESOURCE_EXHAUSTED"}}]',
      { code: 'upstream_error', providerCode: '429', details: { provider_error: 'RESOURCE_EXHAUSTED' } },
    ],
    [
      400,
      '{"error":{"code":400,"message":"max_tokens is wrong","status":"INVALID_ARGUMENT"}}',
      { code: 'bad_request', message: 'max_tokens is wrong' },
    ],
    [502, '<html>bad gateway</html>', { code: 'upstream_error', providerCode: '502' }],
    [500, '', { code: 'upstream_error' }],
  ])('with %i %s', (status, body, error) => {
    expect(failure(status, { 'retry-after': '12' }, body)).toMatchObject(error);
  });

  test.each([
    'Your credit balance is too low to access the Anthropic API.',
    'You have reached your specified API usage limits.',
    'This organization has been disabled.',
  ])('because of our account is not the caller’s mistake: %s', (message) => {
    const error = failure(400, {}, anthropic('invalid_request_error', message));
    expect(error).toMatchObject({ code: 'upstream_error', retry: 'other' });
    expect(error.message).not.toContain(message);
  });
});
