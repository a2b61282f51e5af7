import { describe, expect, test } from '@jest/globals';
import { messagesBodyOf as bodyOf, claude, type Setting } from '../../../test/support/messages-body.ts';

const tool = (changes: object = {}) => ({ type: 'function', function: { name: 'look', parameters: {}, ...changes } });
const call = (id: string, text = '{}') => ({ id, type: 'function', function: { name: 'look', arguments: text } });
const result = (id: string) => ({ role: 'tool', tool_call_id: id, content: 'ok' });
const signed = { type: 'reasoning.text', text: 'Hm.', signature: 'c2ln', format: claude, index: 0 };

describe('thinking', () => {
  test.each<[object, Setting, object | undefined, object | undefined]>([
    [{}, {}, undefined, undefined],
    [{ reasoning_effort: 'medium' }, {}, { type: 'enabled', budget_tokens: 5_000 }, undefined],
    [{ reasoning: { max_tokens: 2_000 } }, {}, { type: 'enabled', budget_tokens: 2_000 }, undefined],
    [{ reasoning: { max_tokens: 20_000 } }, {}, { type: 'enabled', budget_tokens: 9_999 }, undefined],
    [{ reasoning_effort: 'high' }, { maxOutputTokens: 1_024 }, undefined, undefined],
    [{ reasoning_effort: 'none' }, {}, { type: 'disabled' }, undefined],
    [{ reasoning: { enabled: false } }, { send: 'adaptive' }, { type: 'disabled' }, undefined],
    [{ reasoning_effort: 'high' }, { without: ['reasoning'] }, undefined, undefined],
    [{ reasoning: { enabled: true } }, { send: 'adaptive' }, { type: 'adaptive', display: 'summarized' }, undefined],
    [
      { reasoning_effort: 'minimal' },
      { send: 'adaptive' },
      { type: 'adaptive', display: 'summarized' },
      { effort: 'low' },
    ],
    [
      { reasoning: { effort: 'xhigh', exclude: true } },
      { send: 'adaptive' },
      { type: 'adaptive', display: 'omitted' },
      { effort: 'xhigh' },
    ],
    [{ reasoning_effort: 'max' }, { send: 'effort' }, undefined, { effort: 'max' }],
    [{ reasoning: { max_tokens: 4_000 } }, { send: 'effort' }, undefined, { effort: 'medium' }],
  ])('%j with %j', (fields, setting, thinking, outputConfig) => {
    const body = bodyOf(fields, setting);
    expect(body.thinking).toEqual(thinking);
    expect(body.output_config).toEqual(outputConfig);
  });

  test.each(['required', { type: 'function', function: { name: 'look' } }])(
    'gives way to the forced tool choice %j, with which the API refuses it',
    (tool_choice) => {
      const body = bodyOf({ tools: [tool()], tool_choice, reasoning_effort: 'low', temperature: 0.2 });
      expect(body.thinking).toBeUndefined();
      expect(body.temperature).toBe(0.2);
      expect(bodyOf({ tools: [tool()], tool_choice: 'auto', reasoning_effort: 'low' }).thinking).toBeDefined();
    },
  );

  test('gives way to a prefill, which takes no thinking with it', () => {
    const messages = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Well', reasoning_details: [signed] },
    ];
    const body = bodyOf({ messages, reasoning_effort: 'low' });
    expect(body.thinking).toBeUndefined();
    expect(body.messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'Well' }] },
    ]);
  });

  describe('in a tool loop', () => {
    const loop = (first: object, second: object = {}) => [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', tool_calls: [call('a')], ...first },
      result('a'),
      { role: 'assistant', tool_calls: [call('b')], ...second },
      result('b'),
    ];
    const thinkingOf = (messages: object[], setting: Setting = {}) =>
      bodyOf({ messages, tools: [tool()], reasoning_effort: 'low' }, setting).thinking;

    test('goes on while the turn began with it', () => {
      expect(thinkingOf(loop({ reasoning_details: [signed] }))).toBeDefined();
    });

    test('is left out where the client lost it, since the API would refuse the request', () => {
      expect(thinkingOf(loop({}, { reasoning_details: [signed] }))).toBeUndefined();
      expect(thinkingOf(loop({ reasoning: 'Hm.' }))).toBeUndefined();
    });

    test('goes on without it where the model decides itself', () => {
      expect(thinkingOf(loop({}), { send: 'adaptive' })).toBeDefined();
    });

    test('that is over does not matter any more', () => {
      const over = [...loop({}), { role: 'assistant', content: 'Done.' }, { role: 'user', content: 'More' }];
      expect(thinkingOf(over)).toBeDefined();
    });
  });
});
