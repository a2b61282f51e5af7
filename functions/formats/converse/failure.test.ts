import { describe, expect, test } from '@jest/globals';
import { failure } from './failure.ts';

const named = (name: string) => ({ 'x-amzn-errortype': name });
const said = (message: string) => JSON.stringify({ message });

test.each<[string, number, Record<string, string>, string, object]>([
  [
    'throttling, with the URL that AWS puts after the name',
    429,
    named('ThrottlingException:http://internal.amazon.com/coral/'),
    said('slow'),
    { code: 'upstream_error', providerCode: '429', retry: 'other' },
  ],
  [
    'a quota of our account, which is no mistake of the caller',
    400,
    {},
    '{"__type":"com.amazon#ServiceQuotaExceededException","message":"quota"}',
    { code: 'upstream_error', providerCode: '429', retry: 'other' },
  ],
  ['a model that broke', 424, named('ModelErrorException'), said('x'), { code: 'upstream_error', retry: 'other' }],
  ['a model that is loading', 429, named('ModelNotReadyException'), '{}', { code: 'upstream_error', retry: 'other' }],
  ['a model that took too long', 408, named('ModelTimeoutException'), '{}', { code: 'gateway_timeout' }],
  [
    'our missing rights',
    403,
    named('AccessDeniedException'),
    '{"Message":"no"}',
    { providerCode: '403', retry: 'other' },
  ],
  ['our expired key', 400, named('ExpiredTokenException'), said('x'), { code: 'upstream_error', providerCode: '403' }],
  [
    'a wrong name in the catalogue',
    400,
    named('ValidationException'),
    said('The provided model identifier is invalid.'),
    { code: 'upstream_error', retry: 'other' },
  ],
  [
    'a model that has to be called through a profile',
    400,
    named('ValidationException'),
    said('Invocation of model ID m with on-demand throughput isn’t supported.'),
    { code: 'upstream_error', retry: 'other' },
  ],
  [
    'a mistake of the caller',
    400,
    named('ValidationException'),
    said('maxTokens is too big'),
    { code: 'bad_request', message: 'maxTokens is too big', retry: 'never' },
  ],
  [
    'a choice of tools that this model does not know',
    400,
    named('ValidationException'),
    said(
      "This model doesn't support the toolConfig.toolChoice.any field. Remove toolConfig.toolChoice.any and try again.",
    ),
    { code: 'model_capability_not_supported', retry: 'other' },
  ],
  ['a page of a proxy', 503, {}, '<html>', { code: 'upstream_error', providerCode: '503', retry: 'other' }],
])('%s', (_name, status, headers, body, expected) => {
  expect(failure(status, headers, body)).toMatchObject(expected);
});

describe('an input that is too long is called so', () => {
  test.each([
    'Input is too long for requested model.',
    'The model returned the following errors: prompt is too long: 212343 tokens > 200000 maximum',
    'input length and `max_tokens` exceed context limit: 190000 + 21333 > 200000',
    "This model's maximum context length is 8192 tokens. Please reduce the length of the prompt",
    'Input Tokens Exceeded: Number of input tokens exceeds maximum length.',
  ])('%s', (message) => {
    expect(failure(400, named('ValidationException'), said(message)).code).toBe('context_length_exceeded');
  });
});

test('what our account may not do is not told to the caller', () => {
  const account = 'User: arn:aws:iam::123456789012:user/mesh is not authorized';
  expect(failure(403, named('AccessDeniedException'), said(account)).message).not.toContain('arn:');
});
