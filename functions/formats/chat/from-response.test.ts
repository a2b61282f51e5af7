import { describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { readReply } from '../../../test/support/replay.ts';
import { noUsage } from '../../core/money/usage.ts';
import { fromResponse } from './from-response.ts';

const endpoint = makeEndpoint({
  reasoning: { send: 'effort', field: 'reasoning_content', replay: 'always', issuer: 'unknown' },
});
const choice = (message: object, fields: object = {}) => ({ index: 0, message, finish_reason: 'stop', ...fields });
const reply = (...choices: object[]) => fromResponse({ id: 'answer', choices }, endpoint);
const messageOf = (message: object) => reply(choice(message)).choices[0]?.message;

test('the recording with tools: calls complete, the finish theirs, unknown fields kept', () => {
  const recording = readReply('chat/tools.json') as { choices: { message: object }[] };
  const call = { id: 'call_B2', type: 'function', function: { name: 'now', arguments: '{}' } };
  const weather = { id: 'call_A1', type: 'function', function: { name: 'weather', arguments: '{"city":"Pune"}' } };
  expect(fromResponse(recording, endpoint)).toEqual({
    ...recording,
    choices: [
      {
        ...recording.choices[0],
        message: { ...recording.choices[0]?.message, tool_calls: [weather, call] },
        finish_reason: 'tool_calls',
      },
    ],
    usage: { ...noUsage, input: 88, cacheWrite: 64, output: 40 },
  });
});

test('the least reply gets everything that clients rely on', () =>
  expect(reply({ message: {} })).toEqual({
    id: 'answer',
    object: 'chat.completion',
    created: 0,
    model: '',
    choices: [
      { index: 0, message: { role: 'assistant', content: null, refusal: null }, finish_reason: 'stop', logprobs: null },
    ],
    usage: null,
  }));

test('several choices keep their indices', () =>
  expect(reply(choice({ content: 'b' }, { index: 1 }), choice({ content: 'a' })).choices).toMatchObject([
    { index: 1, message: { content: 'b' } },
    { index: 0, message: { content: 'a' } },
  ]));

describe('messages of sloppy providers', () => {
  test.each([[[]], [null]])('tool_calls %j are none', (tool_calls) =>
    expect(messageOf({ content: 'a', tool_calls })).toEqual({ role: 'assistant', content: 'a', refusal: null }),
  );

  test('arguments as an object become text, a missing id an own one', () =>
    expect(messageOf({ tool_calls: [{ function: { name: 'f', arguments: { x: 1 } } }] })?.tool_calls).toEqual([
      { id: 'call_answer_0', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
    ]));

  test.each([
    { reasoning_content: 'Hm.' },
    { reasoning: 'Hm.', reasoning_content: 'Hm.' },
    {
      content: [
        { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] },
        { type: 'text', text: 'Yes' },
      ],
    },
  ])('reasoning is found in %j, and left under no other name', (fields) =>
    expect(messageOf({ content: 'Yes', ...fields })).toEqual({
      role: 'assistant',
      content: 'Yes',
      refusal: null,
      reasoning: 'Hm.',
      reasoning_details: [{ type: 'reasoning.text', text: 'Hm.', format: 'unknown', index: 0 }],
    }),
  );
});

describe('what is no answer', () => {
  test.each(['<html>', null, [], {}, { choices: [] }, { choices: [{}] }, { choices: ['a'] }])(
    '%j is an upstream error',
    (body) => expect(() => fromResponse(body, endpoint)).toThrow(expect.objectContaining({ code: 'upstream_error' })),
  );

  test.each([
    [{ error: { message: 'slow down', code: 429 } }, '429'],
    [{ choices: [], error: 'it broke' }, '500'],
    [{ object: 'error', message: 'no', type: 'invalid_request_error' }, '400'],
    [{ choices: [choice({ content: 'Once' }, { finish_reason: 'error' })] }, '500'],
    [{ choices: [choice({ content: 'Once' }, { error: { code: 502, message: 'x' } })] }, '502'],
  ])('the error body %j is thrown', (body, providerCode) =>
    expect(() => fromResponse(body, endpoint)).toThrow(expect.objectContaining({ providerCode })),
  );
});
