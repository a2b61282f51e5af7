import { expect, test } from '@jest/globals';
import { atOnce } from '../../../test/support/at-once.ts';
import { parseChatRequest } from './parse-request.ts';

const messages = [{ role: 'user', content: 'x' }];
const parse = (fields: object) => atOnce(parseChatRequest({ model: 'm', messages, ...fields }));

test.each([
  [{ temprature: 0 }, 'temprature', 'temperature'],
  [{ max_token: 5 }, 'max_token', 'max_tokens'],
  [{ tool_choise: 'none' }, 'tool_choise', 'tool_choice'],
  [{ messages: undefined, message: messages }, 'message', 'messages'],
  [{ provider: { max_prise: {} } }, 'provider.max_prise', 'provider.max_price'],
])('%j is answered with the name that was meant', (fields, param, meant) =>
  expect(() => parse(fields)).toThrow(
    expect.objectContaining({ code: 'invalid_request_error', param, message: expect.stringContaining(`"${meant}"`) }),
  ),
);

test.each([
  ['fields of other servers', { min_tokens: 5, top_a: 0.1, ignore_eos: true, thinking: {}, cache_prompt: true }],
  ['both', { logprobs: true, logprob: true }],
  ['fields of other routers', { provider: { quantizations: [], zdr: true } }],
])('%s pass', (_, fields) => expect(parse(fields).raw).toMatchObject(fields));
