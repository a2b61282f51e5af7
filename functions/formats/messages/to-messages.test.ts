import { describe, expect, test } from '@jest/globals';
import { messagesBodyOf as bodyOf, type Setting } from '../../../test/support/messages-body.ts';

const tool = (changes: object = {}) => ({ type: 'function', function: { name: 'look', parameters: {}, ...changes } });
const call = (id: string, text = '{}') => ({ id, type: 'function', function: { name: 'look', arguments: text } });

describe('messages', () => {
  const messagesOf = (messages: object[], setting: Setting = {}) => {
    const { system, messages: sent } = bodyOf({ messages }, setting);
    return { system, messages: sent };
  };
  const user = (...texts: string[]) => ({ role: 'user', content: texts.map((text) => ({ type: 'text', text })) });
  const assistant = (...texts: string[]) => ({
    role: 'assistant',
    content: texts.map((text) => ({ type: 'text', text })),
  });

  test('of the system stand above where they came first, and in their place where they came later', () => {
    const cache_control = { type: 'ephemeral', ttl: '1h' };
    expect(
      messagesOf([
        { role: 'system', content: 'Be kind.' },
        { role: 'developer', content: [{ type: 'text', text: 'Be brief.', cache_control }] },
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: 'Hi' },
        { role: 'system', content: 'Now in Hindi.' },
        { role: 'user', content: 'Again' },
      ]),
    ).toEqual({
      system: [
        { type: 'text', text: 'Be kind.' },
        { type: 'text', text: 'Be brief.', cache_control },
      ],
      messages: [user('Hello'), assistant('Hi'), user('Now in Hindi.', 'Again')],
    });
  });

  test('of the system alone are said by the user, since the API needs a message', () => {
    expect(messagesOf([{ role: 'system', content: 'Count.' }])).toEqual({ messages: [user('Count.')] });
  });

  test('of one role in a row become one', () => {
    expect(
      messagesOf([
        { role: 'user', content: 'A' },
        { role: 'user', content: 'B' },
        { role: 'assistant', content: 'C' },
        { role: 'assistant', content: null, refusal: 'No.' },
        { role: 'user', content: 'D' },
      ]).messages,
    ).toEqual([user('A', 'B'), assistant('C', 'No.'), user('D')]);
  });

  test('without a visible character are dropped, and what they parted joins', () => {
    const parts = [
      { type: 'text', text: '' },
      { type: 'text', text: 'B' },
    ];
    expect(
      messagesOf([
        { role: 'system', content: '' },
        { role: 'user', content: 'A' },
        { role: 'assistant', content: ' \n' },
        { role: 'user', content: parts },
      ]),
    ).toEqual({ messages: [user('A', 'B')] });
  });

  test('that hold nothing at all are refused', () => {
    expect(() => messagesOf([{ role: 'user', content: ' ' }])).toThrow(
      expect.objectContaining({ code: 'invalid_request_error', param: 'messages' }),
    );
  });

  test('that end with the assistant lose their last white space, which the API refuses', () => {
    expect(
      messagesOf([
        { role: 'user', content: 'A' },
        { role: 'assistant', content: 'Dear \n' },
      ]).messages,
    ).toEqual([user('A'), assistant('Dear')]);
  });
});

describe('tool results', () => {
  test('become one user turn in the order of the calls, before what the user says next', () => {
    const png = 'data:image/png;base64,iVBORw0=';
    const { messages } = bodyOf({
      tools: [tool()],
      messages: [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: null, tool_calls: [call('a'), call('b')] },
        { role: 'tool', tool_call_id: 'b', content: '' },
        {
          role: 'tool',
          tool_call_id: 'a',
          content: [
            { type: 'text', text: 'seen' },
            { type: 'image_url', image_url: { url: png } },
          ],
          cache_control: { type: 'ephemeral' },
        },
        { role: 'user', content: 'Go on' },
      ],
    });
    expect((messages as unknown[])[2]).toEqual({
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'a', content: 'seen', cache_control: { type: 'ephemeral' } },
        { type: 'tool_result', tool_use_id: 'b' },
        { type: 'text', text: 'Image returned by look (call a):' },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0=' } },
        { type: 'text', text: 'Go on' },
      ],
    });
  });
});
