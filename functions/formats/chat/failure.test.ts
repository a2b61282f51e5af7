import { describe, expect, test } from '@jest/globals';
import { failure, failureInBody } from './failure.ts';

const failed = (status: number, body: unknown, headers = {}) =>
  failure(status, headers, typeof body === 'string' ? body : JSON.stringify(body));
const openai = (message: string, code: string | null = null, type = 'invalid_request_error') => ({
  error: { message, type, param: 'messages.[0].content', code },
});

describe('mistakes of the caller pass in the provider’s words, whatever its envelope', () => {
  test.each([
    ['OpenAI', openai('temperature is too high')],
    ['Google', [{ error: { code: 400, message: 'temperature is too high', status: 'INVALID_ARGUMENT' } }]],
    ['xAI', { code: 'Client specified an invalid argument', error: 'temperature is too high' }],
    ['vLLM', { object: 'error', message: 'temperature is too high', type: 'BadRequestError', code: 400 }],
    ['Cerebras', { message: 'temperature is too high', type: 'invalid_request_error', code: 'wrong_value' }],
    ['FastAPI', { detail: 'temperature is too high' }],
    ['FastAPI, in detail', { detail: [{ loc: ['body', 'temperature'], msg: 'temperature is too high' }] }],
    ['Mistral', { object: 'error', message: { detail: [{ loc: ['body'], msg: 'temperature is too high' }] } }],
    [
      'OpenRouter',
      { error: { code: 400, message: 'Provider returned error', metadata: { raw: 'temperature is too high' } } },
    ],
    [
      'OpenRouter, of an envelope',
      {
        error: {
          message: 'Provider returned error',
          metadata: { raw: '{"error":{"message":"temperature is too high"}}' },
        },
      },
    ],
    ['Cloudflare', { success: false, errors: [{ code: 5006, message: 'temperature is too high' }] }],
    ['Baidu', { error_code: 336003, error_msg: 'temperature is too high' }],
    ['a server that says it plainly', 'temperature is too high'],
  ])('%s', (_, body) =>
    expect(failed(400, body)).toMatchObject({
      code: 'bad_request',
      retry: 'never',
      message: 'temperature is too high',
      providerCode: '400',
    }),
  );

  test('with the path of the field', () => {
    expect(failed(400, openai('no')).param).toBe('messages.[0].content');
    expect(failed(422, { detail: [{ loc: ['body', 'messages', 0], msg: 'no' }] }).param).toBe('messages.0');
    const mistral = {
      type: 'extra_forbidden',
      loc: ['body', 'user'],
      msg: 'Extra inputs are not permitted',
      input: 'u1',
    };
    expect(
      failed(422, { object: 'error', message: { detail: [mistral] }, type: 'invalid_request_error' }),
    ).toMatchObject({
      param: 'user',
      message: 'Extra inputs are not permitted',
      details: { provider_error: 'invalid_request_error' },
    });
  });
});

describe('what a 400 really is', () => {
  test.each([
    ['OpenAI', openai('too long', 'context_length_exceeded'), 'context_length_exceeded', 'never'],
    [
      'xAI',
      { error: 'This model’s maximum prompt length is 8 but the request contains 9 tokens.' },
      'context_length_exceeded',
      'never',
    ],
    ['Moonshot', openai('Your request exceeded model token limit: 8'), 'context_length_exceeded', 'never'],
    [
      'Mistral',
      { object: 'error', message: 'Prompt is too large for model with 8 maximum context length' },
      'context_length_exceeded',
      'never',
    ],
    ['a filter', openai('no', 'content_filter'), 'content_policy_violation', 'never'],
    ['a policy', openai('This may violate our usage policy', 'invalid_prompt'), 'content_policy_violation', 'never'],
    [
      'a missing feature',
      openai('tools are not supported', 'unsupported_parameter'),
      'model_capability_not_supported',
      'other',
    ],
  ])('%s', (_, body, code, retry) => expect(failed(400, body)).toMatchObject({ code, retry }));

  test.each([
    ['our key', { error: 'Incorrect API key provided: xa***12.' }, '401'],
    ['our account', openai('Your organization must be verified to stream this model.'), '402'],
    ['our limit', openai('Billing hard limit has been reached', 'billing_hard_limit_reached'), '402'],
    ['our name of the model', openai('Model Not Exist'), '404'],
  ])('%s is no mistake of the caller, who reads nothing of it', (_, body, providerCode) =>
    expect(failed(400, body)).toMatchObject({
      code: 'upstream_error',
      retry: 'other',
      providerCode,
      message: 'The provider failed.',
    }),
  );
});

test.each([
  { code: 'tool_use_failed', failed_generation: '<function=secret>' },
  { code: 'json_validate_failed' },
  { code: null, failed_generation: 'secret' },
])('a 400 for what the model wrote (Groq) moves on to another endpoint and quotes nothing: %j', (error) => {
  const wrong = failed(400, {
    error: { message: 'Failed to call a function: secret', type: 'invalid_request_error', ...error },
  });
  expect(wrong).toMatchObject({ code: 'upstream_error', retry: 'other', providerCode: '400' });
  expect(JSON.stringify([wrong.message, wrong.details])).not.toContain('secret');
});

test('a 413 that is a rate limit (Groq) moves on to another endpoint', () =>
  expect(failed(413, openai('Request too large on tokens per minute', 'rate_limit_exceeded', 'tokens'))).toMatchObject({
    code: 'upstream_error',
    retry: 'other',
    providerCode: '429',
  }));

test('a 403 that is a content filter (xAI) stays with the caller', () =>
  expect(failed(403, { error: 'Content violates usage guidelines.' })).toMatchObject({
    code: 'content_policy_violation',
    retry: 'never',
  }));

test('Retry-After is kept', () =>
  expect(failed(429, openai('slow down'), { 'retry-after': '7' })).toMatchObject({
    retry: 'other',
    retryAfterSeconds: 7,
  }));

test.each(['', '<html>Bad gateway</html>', '{"error":', 'null', '[]', '"x"'])(
  '%j says nothing, and its status decides',
  (body) => {
    expect(failed(502, body)).toMatchObject({
      code: 'upstream_error',
      retry: 'other',
      message: 'The provider failed.',
    });
    expect(failed(400, body)).toMatchObject({ code: 'bad_request', message: 'The provider rejected the request.' });
  },
);

test.each([null, {}, { error: null }, { error: '' }, { choices: [] }, { object: 'chat.completion' }])(
  'a good reply like %j carries no failure',
  (body) => expect(failureInBody(body)).toBeNull(),
);
