import { describe, expect, test } from '@jest/globals';
import { messagesBodyOf as bodyOf, claude, type Setting } from '../../../test/support/messages-body.ts';

const call = (id: string, text = '{}') => ({ id, type: 'function', function: { name: 'look', arguments: text } });
const result = (id: string) => ({ role: 'tool', tool_call_id: id, content: 'ok' });
const signed = { type: 'reasoning.text', text: 'Hm.', signature: 'c2ln', format: claude, index: 0 };
const thinkingBlock = { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' };

describe('earlier thinking', () => {
  const replayed = (message: object, setting: Setting = {}) => {
    const messages = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', ...message },
      { role: 'user', content: 'More' },
    ];
    const sent = bodyOf({ messages }, setting).messages as { role: string; content: unknown }[];
    return sent.find(({ role }) => role === 'assistant')?.content;
  };
  const text = { type: 'text', text: 'One.' };

  test('stands where it stood', () => {
    const chat = {
      messages: [
        { role: 'user', content: 'Hello' },
        {
          role: 'assistant',
          content: 'One.',
          tool_calls: [call('a'), call('b')],
          reasoning_details: [
            signed,
            { type: 'reasoning.encrypted', data: 'ZW5j', format: claude, index: 2 },
            { ...signed, text: '', signature: 'dHdv', index: 4 },
          ],
        },
        result('a'),
        result('b'),
      ],
    };
    expect(bodyOf(chat).messages).toMatchObject([
      {},
      {
        content: [
          thinkingBlock,
          text,
          { type: 'redacted_thinking', data: 'ZW5j' },
          { type: 'tool_use', id: 'a' },
          { type: 'thinking', thinking: '', signature: 'dHdv' },
          { type: 'tool_use', id: 'b' },
        ],
      },
      {},
    ]);
  });

  test.each<[string, object[]]>([
    [
      'with an index',
      [
        { ...signed, text: 'H', signature: undefined },
        { ...signed, text: 'm.', signature: null },
        { ...signed, text: '' },
      ],
    ],
    [
      'without one',
      [
        { ...signed, text: 'Hm.', signature: undefined, index: undefined },
        { ...signed, text: undefined, index: undefined },
      ],
    ],
  ])('in pieces as they came from the stream, %s, is put together', (_, reasoning_details) => {
    expect(replayed({ content: 'One.', reasoning_details })).toEqual([thinkingBlock, text]);
  });

  test.each([
    [0, 1],
    [undefined, undefined],
  ])('of two blocks, at %s and %s, stays two blocks', (first, second) => {
    const reasoning_details = [
      { ...signed, index: first },
      { ...signed, text: 'Ah.', index: second },
    ];
    expect(replayed({ content: 'One.', reasoning_details })).toEqual([
      thinkingBlock,
      { ...thinkingBlock, thinking: 'Ah.' },
      text,
    ]);
  });

  test.each<[string, object]>([
    ['of another issuer', { ...signed, format: 'google-gemini-v1' }],
    ['of nobody', { ...signed, format: undefined }],
    ['without a signature', { ...signed, signature: undefined }],
    ['that is a summary', { type: 'reasoning.summary', summary: 'Hm.', format: claude }],
    ['that another issuer encrypted', { type: 'reasoning.encrypted', data: 'x', format: 'openai-responses-v1' }],
  ])('%s is dropped', (_, detail) => {
    expect(replayed({ content: 'One.', reasoning: 'Hm.', reasoning_details: [detail] })).toEqual([text]);
  });

  test('that is dropped does not move what stays', () => {
    const reasoning_details = [
      { ...signed, signature: undefined },
      { ...signed, index: 1 },
    ];
    expect(replayed({ content: 'One.', reasoning_details })).toEqual([thinkingBlock, text]);
  });

  test('is dropped at the end of a message, where the API refuses it', () => {
    expect(replayed({ content: 'One.', reasoning_details: [signed, { ...signed, index: 2 }] })).toEqual([
      thinkingBlock,
      text,
    ]);
    expect(replayed({ content: '', reasoning_details: [signed] })).toBeUndefined();
  });

  test('is never sent to an endpoint that wants none, and unsigned to one that signs nothing', () => {
    expect(replayed({ content: 'One.', reasoning_details: [signed] }, { replay: 'never' })).toEqual([text]);
    const unsigned = { ...signed, signature: undefined };
    expect(replayed({ content: 'One.', reasoning_details: [unsigned] }, { replay: 'always' })).toEqual([
      { ...thinkingBlock, signature: '' },
      text,
    ]);
  });
});

describe('arguments of earlier calls', () => {
  const inputOf = (text: string) => {
    const messages = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', tool_calls: [call('a', text)] },
      result('a'),
    ];
    return (bodyOf({ messages }).messages as { content: { input?: unknown }[] }[])[1]?.content[0]?.input;
  };

  test.each([
    ['{"a":[1]}', { a: [1] }],
    ['', {}],
    [' ', {}],
  ])('%j are the input %j', (text, input) => {
    expect(inputOf(text)).toEqual(input);
  });

  test.each(['{"a":', '[1]', 'null', '"text"', '3'])('%j are the caller’s mistake', (text) => {
    expect(() => inputOf(text)).toThrow(
      expect.objectContaining({
        code: 'invalid_request_error',
        param: 'messages.1.tool_calls.0.function.arguments',
        message: expect.not.stringContaining(text),
      }),
    );
  });
});
