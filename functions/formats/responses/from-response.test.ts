import { describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { readReply } from '../../../test/support/replay.ts';
import { noUsage } from '../../core/money/usage.ts';
import { fromResponse } from './from-response.ts';

const issuer = 'openai-responses-v1';
const endpoint = makeEndpoint({
  format: 'responses',
  reasoning: { send: 'effort', field: null, replay: 'signed', issuer },
});
const reply = (fields: object) => fromResponse({ id: 'r', status: 'completed', output: [], ...fields }, endpoint);
const message = (...content: object[]) => ({ type: 'message', content });

test('the recording with reasoning and calls', () =>
  expect(fromResponse(readReply('responses/reasoning-tools.json'), endpoint)).toEqual({
    id: 'resp_Mesh01',
    object: 'chat.completion',
    created: 1_790_000_000,
    model: 'gpt-5-mini-2025-08-07',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'Let me look.',
          refusal: null,
          tool_calls: [
            { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Pune"}' } },
            { id: 'call_2', type: 'function', function: { name: 'now', arguments: '{}' } },
            { id: 'call_3', type: 'function', function: { name: 'weather', arguments: '{"city":"Agra"}' } },
          ],
          reasoning: '**Two cities**\nTwo calls.\n\n**Then**\ncompare.',
          reasoning_details: [
            {
              type: 'reasoning.summary',
              summary: '**Two cities**\nTwo calls.\n\n**Then**\ncompare.',
              id: 'rs_1',
              format: issuer,
              index: 0,
            },
            { type: 'reasoning.encrypted', data: 'gAAAA-one', id: 'rs_1', format: issuer, index: 1 },
            { type: 'reasoning.encrypted', data: 'gAAAA-two', id: 'rs_2', format: issuer, index: 3 },
          ],
        },
        finish_reason: 'tool_calls',
        logprobs: null,
      },
    ],
    usage: { ...noUsage, input: 402, output: 140, reasoning: 61 },
  }));

test('citations count from the start of the answer', () => {
  const citation = { type: 'url_citation', url: 'u', title: 't', start_index: 0, end_index: 1 };
  const texts = ['Hello ', 'world'].map((text) => message({ type: 'output_text', text, annotations: [citation] }));
  expect(reply({ output: texts }).choices[0]?.message).toMatchObject({
    content: 'Hello \n\nworld',
    annotations: [
      { type: 'url_citation', url_citation: { url: 'u', title: 't', start_index: 0, end_index: 1 } },
      { type: 'url_citation', url_citation: { url: 'u', title: 't', start_index: 8, end_index: 9 } },
    ],
  });
});

test('log probabilities are the text’s', () => {
  const logprobs = [{ token: 'a', bytes: [97], logprob: -1, top_logprobs: [] }];
  expect(reply({ output: [message({ type: 'output_text', text: 'a', logprobs })] }).choices[0]?.logprobs).toEqual({
    content: logprobs,
    refusal: null,
  });
});

describe('the finish', () => {
  const text = message({ type: 'output_text', text: 'a' });
  const call = { type: 'function_call', call_id: 'c', name: 'f', arguments: '' };

  test.each([
    [{ output: [text] }, 'stop'],
    [{ output: [] }, 'stop'],
    [{ output: [text, call] }, 'tool_calls'],
    [{ output: [message({ type: 'refusal', refusal: 'No.' })] }, 'content_filter'],
    [{ output: [text], status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }, 'length'],
    [{ output: [call], status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }, 'length'],
    [{ output: [text], status: 'incomplete', incomplete_details: { reason: 'content_filter' } }, 'content_filter'],
    [{ output: [text], status: undefined }, 'stop'],
  ])('of %j is %s', (fields, finish) => expect(reply(fields).choices[0]?.finish_reason).toBe(finish));

  test('of a refusal has its words', () =>
    expect(reply({ output: [message({ type: 'refusal', refusal: 'No.' })] }).choices[0]?.message).toMatchObject({
      content: null,
      refusal: 'No.',
    }));
});

test.each([null, {}, { usage: null }, { input_tokens: 0, output_tokens: 0 }, 'x'])(
  'usage %j is no report, so that nothing is billed as zero',
  (usage) => expect(reply({ usage }).usage).toBeNull(),
);

describe('what is no answer', () => {
  test.each(['<html>', null, [], {}, { output: 'text' }])('%j is an upstream error', (body) =>
    expect(() => fromResponse(body, endpoint)).toThrow(expect.objectContaining({ code: 'upstream_error' })),
  );

  test.each(['in_progress', 'queued', 'cancelled'])('a response that is %s is not whole', (status) =>
    expect(() => reply({ status })).toThrow(expect.objectContaining({ code: 'upstream_truncated' })),
  );

  test.each([
    [{ status: 'failed', error: { code: 'rate_limit_exceeded', message: 'slow' } }, '429'],
    [{ status: 'failed', error: null }, '500'],
    [{ error: { type: 'invalid_request_error', message: 'no' } }, '400'],
  ])('the failure %j is thrown', (fields, providerCode) =>
    expect(() => reply(fields)).toThrow(expect.objectContaining({ providerCode })),
  );
});
