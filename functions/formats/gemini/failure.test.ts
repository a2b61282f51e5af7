import { describe, expect, test } from '@jest/globals';
import { failure, failureInBody } from './failure.ts';

const body = (code: number, status: string, message: string, details: unknown[] = []) => ({
  error: { code, status, message, details },
});
const retryInfo = (retryDelay: unknown) => ({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay });
const fail = (status: number, reply: unknown, headers = {}) => failure(status, headers, JSON.stringify(reply));

describe('a failure', () => {
  test('says how long to wait, in whole seconds, unless a header says it', () => {
    const reply = body(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded.', [retryInfo('34.4s')]);
    const expected = { code: 'upstream_error', retry: 'other', providerCode: '429', retryAfterSeconds: 35 };
    expect(fail(429, reply)).toMatchObject(expected);
    expect(fail(429, [reply])).toMatchObject(expected);
    expect(fail(429, reply, { 'retry-after': '7' })).toMatchObject({ retryAfterSeconds: 7 });
    expect(fail(429, body(429, 'RESOURCE_EXHAUSTED', '', [retryInfo({ seconds: 3 })]))).toMatchObject({
      retryAfterSeconds: null,
    });
  });

  test.each([
    ['an invalid key', body(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.'), '401'],
    [
      'an expired key',
      body(400, 'INVALID_ARGUMENT', 'Renew it.', [
        { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_EXPIRED' },
      ]),
      '401',
    ],
    ['a region', body(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'), '403'],
  ])('because of %s of ours is not the caller’s, although Google says 400', (_, reply, providerCode) => {
    const error = fail(400, reply);
    expect(error).toMatchObject({ code: 'upstream_error', retry: 'other', providerCode });
    expect(error.message).toBe('The provider failed.');
  });

  test.each([
    ['The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).'],
    ['Unable to submit request because the input token count is 1200000 but model only supports up to 1048576.'],
  ])('because of an input that is too long is told by its code: %s', (message) => {
    expect(fail(400, body(400, 'INVALID_ARGUMENT', message))).toMatchObject({ code: 'context_length_exceeded' });
  });

  test.each([
    [400, 'INVALID_ARGUMENT', 'bad_request', 'never'],
    [401, 'UNAUTHENTICATED', 'upstream_error', 'other'],
    [403, 'PERMISSION_DENIED', 'upstream_error', 'other'],
    [404, 'NOT_FOUND', 'upstream_error', 'other'],
    [500, 'INTERNAL', 'upstream_error', 'other'],
    [503, 'UNAVAILABLE', 'upstream_error', 'other'],
    [504, 'DEADLINE_EXCEEDED', 'upstream_error', 'other'],
  ])('with status %i is %s, %s, and is retried: %s', (status, name, code, retry) => {
    const expected = { code, retry, providerCode: String(status), details: { provider_error: name } };
    expect(fail(status, body(status, name, 'Sorry.'))).toMatchObject(expected);
    // Inside a stream the status has to come from the body, or from the name alone.
    expect(failureInBody(body(status, name, 'Sorry.'))).toMatchObject(expected);
    if (status !== 500) expect(failureInBody({ error: { status: name } })).toMatchObject({ code, retry });
  });

  test.each(['', '<html>Bad gateway</html>', '[]', 'null', '{"error":"x"}'])('may have no words at all: %j', (text) => {
    expect(failure(502, {}, text)).toMatchObject({ code: 'upstream_error', providerCode: '502' });
  });

  test.each([null, [], {}, { candidates: [] }, { error: 'x' }])('is not seen where there is none: %j', (reply) => {
    expect(failureInBody(reply)).toBeNull();
  });
});
