import { describe, expect, test } from '@jest/globals';
import { atOnce } from '../../../test/support/at-once.ts';
import { parseChatRequest } from './parse-request.ts';

const messages = [{ role: 'user', content: 'x' }];
const parsed = (more: object) => atOnce(parseChatRequest({ model: 'm', messages, ...more }));
const tool = (name: string) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: {} } },
});
const flat = (name: string) => ({ type: 'function', name, parameters: { type: 'object', properties: {} } });

describe('a chat request', () => {
  test('may have the flat tools of the Responses API, and its flat choice', () => {
    const { chat, raw } = parsed({ tools: [flat('f')], tool_choice: { type: 'function', name: 'f' } });
    expect(chat.tools).toEqual([tool('f')]);
    expect(chat.tool_choice).toEqual({ type: 'function', function: { name: 'f' } });
    expect(raw.tools).toEqual([tool('f')]);
  });

  test.each([
    [
      'nested',
      {
        type: 'allowed_tools',
        allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'g' } }] },
      },
    ],
    ['flat', { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'g' }] }],
  ])('that allows some of its tools (%s) has only these', (_form, tool_choice) => {
    const { chat } = parsed({ tools: [tool('f'), tool('g')], tool_choice });
    expect(chat.tools).toEqual([tool('g')]);
    expect(chat.tool_choice).toBe('required');
  });

  test('that allows a tool it has not is refused', () => {
    const tool_choice = { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'h' }] };
    expect(() => parsed({ tools: [tool('f')], tool_choice })).toThrow(
      expect.objectContaining({ param: 'tool_choice' }),
    );
  });

  test('may name its user at any length, always by the same name', () => {
    expect(parsed({ user: 'u'.repeat(256) }).chat.user).toBe('u'.repeat(256));
    const long = parsed({ user: 'u'.repeat(10_000) });
    expect(long.chat.user).toMatch(/^[0-9a-f]{64}$/);
    expect(long.raw.user).toBe(long.chat.user);
    expect(parsed({ user: 'v'.repeat(10_000) }).chat.user).not.toBe(long.chat.user);
  });

  test('may come from before tools', () => {
    const call = { name: 'f', arguments: '{}' };
    const old = [
      ...messages,
      { role: 'assistant', content: null, function_call: call },
      { role: 'function', name: 'f', content: 'r' },
    ];
    expect(parsed({ messages: old }).chat.messages.slice(1)).toEqual([
      { role: 'assistant', content: null, tool_calls: [{ id: 'call_function_1', type: 'function', function: call }] },
      { role: 'tool', tool_call_id: 'call_function_1', content: 'r' },
    ]);
  });

  test('may be the body of a Responses request', () => {
    const { chat, raw } = atOnce(
      parseChatRequest({
        model: 'm',
        instructions: 'Be brief.',
        input: [
          {
            role: 'user',
            content: [
              { type: 'input_text', text: 'a' },
              { type: 'input_image', image_url: 'data:image/png;base64,AA' },
            ],
          },
          { type: 'reasoning', summary: [] },
          { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'b' }] },
          { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' },
          { type: 'function_call', call_id: 'c2', name: 'f', arguments: '{}' },
          { type: 'function_call_output', call_id: 'c1', output: 'r' },
          { type: 'function_call_output', call_id: 'c2', output: [{ type: 'input_text', text: 's' }] },
        ],
        tools: [flat('f')],
        max_output_tokens: 100,
        include: ['reasoning.encrypted_content'],
        reasoning: { effort: 'high', summary: 'auto' },
        text: {
          verbosity: 'low',
          format: { type: 'json_schema', name: 'n', schema: { type: 'object' }, strict: true },
        },
      }),
    );
    const call = (id: string) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } });
    expect(chat).toMatchObject({
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } },
          ],
        },
        { role: 'assistant', content: [{ type: 'text', text: 'b' }], tool_calls: [call('c1'), call('c2')] },
        { role: 'tool', tool_call_id: 'c1', content: 'r' },
        { role: 'tool', tool_call_id: 'c2', content: [{ type: 'text', text: 's' }] },
      ],
      tools: [tool('f')],
      max_completion_tokens: 100,
      reasoning: { effort: 'high' },
      verbosity: 'low',
      response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' }, strict: true } },
    });
    for (const field of ['input', 'instructions', 'include', 'text', 'max_output_tokens'])
      expect(raw).not.toHaveProperty(field);
  });

  test.each([
    [
      {
        content: [
          { type: 'text', text: 'a' },
          { type: 'image_url', image_url: { url: '' } },
        ],
      },
      'messages.0.content.1.image_url.url',
    ],
    [{ content: [{ type: 'text', text: 7 }] }, 'messages.0.content.0.text'],
    [{ content: 7 }, 'messages.0.content'],
  ])('has its mistakes named by their whole path: %#', (message, param) => {
    expect(() => parsed({ messages: [{ role: 'user', ...message }] })).toThrow(expect.objectContaining({ param }));
  });
});
