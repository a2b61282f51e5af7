import { describe, expect, test } from '@jest/globals';
import { type ErrorCode, errorTable, MeshError } from '../../core/errors.ts';
import { encodeError } from './encode-error.ts';
import { anthropicSurface } from './surface.ts';

const ids = { requestId: 'req_1', label: null, meshSdk: false, more: {} };

test('every code has a type of Anthropic’s that its clients know', () => {
  const known = [
    ...['invalid_request_error', 'authentication_error', 'billing_error', 'permission_error', 'not_found_error'],
    ...['request_too_large', 'rate_limit_error', 'timeout_error', 'api_error'],
  ];
  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    const { status, type } = encodeError(new MeshError(code));
    expect([code, known.includes(type)]).toEqual([code, true]);
    expect([code, status === errorTable[code].status || code === 'spend_limit_exceeded']).toEqual([code, true]);
  }
});

test.each([
  [{ providerCode: '529' }, 529, 'overloaded_error'],
  [{ providerCode: '500', details: { provider_error: 'overloaded_error' } }, 529, 'overloaded_error'],
  [{ providerCode: '429' }, 429, 'rate_limit_error'],
  [{ providerCode: '503' }, 502, 'api_error'],
  [{}, 502, 'api_error'],
])('a provider that failed with %j', (more, status, type) => {
  expect(encodeError(new MeshError('upstream_error', more))).toMatchObject({ status, type });
});

describe('a limit of money', () => {
  const of = (details: object) =>
    encodeError(new MeshError('spend_limit_exceeded', { message: 'It may cost 2 USD.', details })).message;

  test('is told in the words that tools look for, with the time that it begins anew', () =>
    expect(of({ reason: 'key_cap', window: 'daily', resets_at: '2026-11-24T00:00:00.000Z' })).toBe(
      'spend limit reached (daily; resets 2026-11-24 00:00 UTC). It may cost 2 USD.',
    ));

  test('that never begins anew says no time', () =>
    expect(of({ reason: 'owner_cap', window: 'total', resets_at: null })).toBe(
      'spend limit reached (total). It may cost 2 USD.',
    ));

  test('that is the balance says so', () =>
    expect(of({ reason: 'balance', resets_at: null })).toBe('balance used up. It may cost 2 USD.'));
});

describe('an input that is too long says how much', () => {
  test.each([
    ['prompt is too long: 210000 tokens > 200000 maximum', 'prompt is too long: 210000 tokens > 200000 maximum'],
    [
      "This model's maximum context length is 200000 tokens. prompt is too long: 210000 tokens > 200000 maximum",
      'prompt is too long: 210000 tokens > 200000 maximum',
    ],
    [
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
      'prompt is too long: 9001 tokens > 8192 maximum',
    ],
    [
      'The input token count (1,048,900) exceeds the maximum number of tokens allowed (1,048,576).',
      'prompt is too long: 1048900 tokens > 1048576 maximum',
    ],
    // A model is named by a date.
    [
      'gpt-4-20241022: the maximum context length is 8192 tokens, and 9001 were sent.',
      'prompt is too long: 9001 tokens > 8192 maximum',
    ],
    // OpenAI, DeepSeek
    [
      "This model's maximum context length is 131072 tokens. However, you requested 131134 tokens (122942 in the messages, 8192 in the completion).",
      'input length and `max_tokens` exceed context limit: 122942 + 8192 > 131072',
    ],
    [
      "This model's maximum context length is 8192 tokens. However, you requested 9501 tokens (9001 in the messages, 500 in the completion).",
      'prompt is too long: 9001 tokens > 8192 maximum',
    ],
    [
      "This model's maximum context length is 8192 tokens. However, you requested 9692 tokens (7001 in the messages, 691 in the functions, and 2000 in the completion).",
      'input length and `max_tokens` exceed context limit: 7692 + 2000 > 8192',
    ],
    // OpenRouter
    [
      "This endpoint's maximum context length is 131072 tokens. However, you requested about 140000 tokens (100000 of text input, 8000 of tool input, 32000 in the output).",
      'input length and `max_tokens` exceed context limit: 108000 + 32000 > 131072',
    ],
    // vLLM
    [
      "'max_tokens' or 'max_completion_tokens' is too large: 32000. This model's maximum context length is 32768 tokens and your request has 5000 input tokens (32000 > 32768 - 5000).",
      'input length and `max_tokens` exceed context limit: 5000 + 32000 > 32768',
    ],
    [
      "This model's maximum context length is 32768 tokens. However, you requested 4096 output tokens and your prompt contains at least 40000 input tokens, for a total of at least 44096 tokens.",
      'prompt is too long: 40000 tokens > 32768 maximum',
    ],
    // TGI
    [
      'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens and 1000 `max_new_tokens`',
      'input length and `max_tokens` exceed context limit: 4000 + 1000 > 4096',
    ],
    [
      'The context length has no room for 8192 tokens in the completion.',
      'prompt is too long. The context length has no room for 8192 tokens in the completion.',
    ],
    ['Input is too long for requested model.', 'prompt is too long. Input is too long for requested model.'],
    [
      'input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000, decrease input length',
      'input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000, decrease input length',
    ],
  ])('%s', (said, told) => {
    expect(encodeError(new MeshError('context_length_exceeded', { message: said })).message).toBe(told);
  });

  test('by our own count', () => {
    const details = { input_tokens: 12_000, max_tokens: 10_000 };
    const { message } = encodeError(new MeshError('context_length_exceeded', { message: 'Too long.', details }));
    expect(message).toBe('prompt is too long: 12000 tokens > 10000 maximum');
  });
});

describe('a refusal', () => {
  test('names the request, and what is wrong in our own words too', () => {
    const { status, body } = anthropicSurface.refuse(
      new MeshError('invalid_request_error', { param: 'messages.0.role', message: 'No.' }),
      ids,
    );
    expect(status).toBe(400);
    expect(body).toEqual({
      type: 'error',
      error: { type: 'invalid_request_error', message: 'No.', code: 'invalid_request_error', param: 'messages.0.role' },
      request_id: 'req_1',
    });
  });

  test('of a provider that speaks the format is its own', () => {
    const verbatim = { type: 'error', error: { type: 'api_error', message: 'Oh' }, request_id: 'req_theirs' };
    expect(anthropicSurface.refuse(new MeshError('upstream_error', { verbatim }), ids).body).toBe(verbatim);
  });

  test.each([
    ['spend_limit_exceeded', {}, 'false'],
    ['conflict', {}, 'false'],
    ['rate_limit_exceeded', { retryAfterSeconds: 3 }, undefined],
    ['rate_limit_exceeded', { retryAfterSeconds: 61 }, 'false'],
  ] as const)('of %s with %j says whether to try again', (code, more, told) => {
    expect(anthropicSurface.refuse(new MeshError(code, more), ids).headers['x-should-retry']).toBe(told);
  });

  test('within a stream is an event', () => {
    expect(anthropicSurface.frame({ type: 'error', error: { type: 'api_error', message: 'Oh' } })).toBe(
      'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"Oh"}}\n\n',
    );
  });
});

test('a stream that is silent says ping', () => {
  expect(anthropicSurface.ping).toBe('event: ping\ndata: {"type":"ping"}\n\n');
});
