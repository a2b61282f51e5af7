import { describe, expect, test } from '@jest/globals';
import { rememberCredential } from '../../core/credentials.ts';
import { failureOf, relayFailure } from './relay-failure.ts';

const SECRET = 'sk-ant-ours-0123456789abcdef';
const said = (type: string, message: string, more: object = {}) => ({
  type: 'error',
  error: { type, message },
  ...more,
});
const verbatim = (status: number, body: object) => relayFailure(status, {}, JSON.stringify(body)).verbatim;

describe('what a provider says', () => {
  test('to the caller is passed on', () => {
    const body = said('invalid_request_error', 'messages.0: no', { request_id: 'req_theirs', new_field: [1] });
    expect(verbatim(400, body)).toEqual(body);
    expect(failureOf(body)?.verbatim).toEqual(body);
  });

  test.each([
    [401, 'invalid_request_error'],
    [402, 'rate_limit_error'],
    [403, 'forbidden'],
    [404, 'invalid_request_error'],
    [400, 'authentication_error'],
    [500, 'permission_error'],
  ])('of our account is not, with the status %i and the type %s', (status, type) => {
    expect(verbatim(status, said(type, 'Your key may not do that.'))).toBeNull();
  });

  test.each([
    "This request would exceed your organization's rate limit of 30,000 input tokens per minute (org: 80162711-722b-4454-ae75-c6334e6796f2, model: claude-opus-4-6).",
    'This request would exceed the rate limit for your organization (80162711-722b-4454-ae75-c6334e6796f2) of 30,000 input tokens per minute.',
  ])('does not name our organization: %s', (message) => {
    const told = JSON.stringify(verbatim(429, said('rate_limit_error', message)));
    expect(told).not.toContain('80162711');
    expect(told).toContain('30,000 input tokens per minute');
  });

  test('has our credential in no field, whatever that is called', () => {
    rememberCredential(SECRET);
    const fields = { text: SECRET, content: [SECRET], arguments: { usage: SECRET } };
    const told = JSON.stringify(verbatim(400, said('invalid_request_error', `Bad ${SECRET}`, fields)));
    expect(told).not.toContain(SECRET);
    expect(told).toContain('[credential]');
  });
});
