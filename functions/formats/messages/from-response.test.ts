import { describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { readReply } from '../../../test/support/replay.ts';
import { noUsage } from '../../core/money/usage.ts';
import { fromResponse } from './from-response.ts';

const issuer = 'anthropic-claude-v1';
const endpoint = makeEndpoint({
  format: 'messages',
  reasoning: { send: 'budget', field: null, replay: 'signed', issuer },
});

describe('a whole reply', () => {
  test('with thinking and calls keeps signatures, positions and arguments', () => {
    expect(fromResponse(readReply('messages/thinking-tools.json'), endpoint)).toEqual({
      id: 'msg_01ThinkTools',
      object: 'chat.completion',
      created: 0,
      model: 'claude-sonnet-4-5',
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          logprobs: null,
          message: {
            role: 'assistant',
            content: 'Let me look.',
            refusal: null,
            reasoning: 'Two cities, two calls.',
            reasoning_details: [
              {
                type: 'reasoning.text',
                text: 'Two cities, two calls.',
                signature: 'c2lnbmVkLTE=',
                format: issuer,
                index: 0,
              },
              { type: 'reasoning.encrypted', data: 'ZW5jcnlwdGVk', format: issuer, index: 1 },
              { type: 'reasoning.text', text: '', signature: 'c2lnbmVkLTI=', format: issuer, index: 3 },
            ],
            tool_calls: [
              { id: 'toolu_01First', type: 'function', function: { name: 'weather', arguments: '{"city":"Pune"}' } },
              { id: 'toolu_01Second', type: 'function', function: { name: 'now', arguments: '{}' } },
            ],
          },
        },
      ],
      usage: { ...noUsage, input: 402, output: 140, reasoning: 61 },
    });
  });

  test('with web citations annotates the text and leaves server tools out', () => {
    const [choice] = fromResponse(readReply('messages/web-search.json'), endpoint).choices;
    expect(choice?.finish_reason).toBe('stop');
    expect(choice?.message).toEqual({
      role: 'assistant',
      content: 'I will search. The hill is tall.',
      refusal: null,
      annotations: [
        {
          type: 'url_citation',
          url_citation: { url: 'https://hills.example/tall', title: '', start_index: 15, end_index: 32 },
        },
      ],
    });
  });

  test.each([
    [{ type: 'refusal', category: null, explanation: 'Not that.' }, 'Not that.'],
    [null, 'The model refused to answer.'],
  ])('that was refused with %j says so', (stop_details, refusal) => {
    const body = { content: [], stop_reason: 'refusal', stop_details, usage: { input_tokens: 3, output_tokens: 1 } };
    expect(fromResponse(body, endpoint)).toMatchObject({
      choices: [{ finish_reason: 'content_filter', message: { content: null, refusal } }],
      usage: { input: 3, output: 1 },
    });
  });

  test.each([[null], ['text'], [[]], [{}], [{ content: 'text' }]])(
    'that is no message, %j, is an upstream error',
    (body) => {
      expect(() => fromResponse(body, endpoint)).toThrow(expect.objectContaining({ code: 'upstream_error' }));
    },
  );

  test('that is an error in spite of its status is that error', () => {
    const body = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    expect(() => fromResponse(body, endpoint)).toThrow(
      expect.objectContaining({ providerCode: '529', details: { provider_error: 'overloaded_error' } }),
    );
  });
});
