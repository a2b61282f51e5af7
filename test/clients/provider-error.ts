import type { FormatName } from '../../functions/core/endpoints/endpoint.ts';
import { json, type Step } from '../support/scripted-upstream.ts';

/** How a provider refuses: it has had enough of us, it is broken, the prompt is longer than the model takes. */
export type ProviderFailure = 'rate' | 'fault' | 'context';

/** Seconds that a provider at its limit wants to be left alone. */
const RETRY_AFTER = 7;

const statuses: Readonly<Record<ProviderFailure, number>> = { rate: 429, fault: 500, context: 400 };

/** An error as the provider of a format writes it, in its own words. */
export function providerError(format: FormatName, failure: ProviderFailure): Step[] {
  const { body, headers = {} } = envelopes[format](failure);
  const wait: Record<string, string> = failure === 'rate' ? { 'retry-after': String(RETRY_AFTER) } : {};
  return json(body, statuses[failure], { ...wait, ...headers });
}

/** https://platform.openai.com/docs/guides/error-codes */
const openai = (failure: ProviderFailure) => ({
  body: {
    error: {
      rate: { message: 'Rate limit reached for requests', type: 'requests', param: null, code: 'rate_limit_exceeded' },
      fault: { message: 'The server had an error.', type: 'server_error', param: null, code: null },
      context: {
        message:
          "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.",
        type: 'invalid_request_error',
        param: 'messages',
        code: 'context_length_exceeded',
      },
    }[failure],
  },
});

const envelopes: Readonly<
  Record<FormatName, (failure: ProviderFailure) => { body: object; headers?: Record<string, string> }>
> = {
  chat: openai,
  responses: openai,
  /** https://docs.claude.com/en/api/errors */
  messages: (failure) => ({
    body: {
      type: 'error',
      error: {
        rate: { type: 'rate_limit_error', message: 'This request would exceed your rate limit.' },
        fault: { type: 'api_error', message: 'Internal server error' },
        context: { type: 'invalid_request_error', message: 'prompt is too long: 210000 tokens > 200000 maximum' },
      }[failure],
    },
  }),
  /** https://ai.google.dev/gemini-api/docs/troubleshooting */
  gemini: (failure) => ({
    body: {
      error: {
        code: statuses[failure],
        ...{
          rate: { status: 'RESOURCE_EXHAUSTED', message: 'Resource has been exhausted.' },
          fault: { status: 'INTERNAL', message: 'An internal error has occurred.' },
          context: {
            status: 'INVALID_ARGUMENT',
            message: 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
          },
        }[failure],
      },
    },
  }),
  /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_Errors */
  converse(failure) {
    const [name, message] = {
      rate: ['ThrottlingException', 'Too many requests, please wait before trying again.'],
      fault: ['InternalServerException', 'The system encountered an unexpected error during processing.'],
      context: ['ValidationException', 'Input is too long for requested model.'],
    }[failure] as [string, string];
    return { body: { message }, headers: { 'x-amzn-errortype': name } };
  },
};
