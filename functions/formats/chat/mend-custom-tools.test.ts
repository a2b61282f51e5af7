import { expect, test } from '@jest/globals';
import { atOnce } from '../../../test/support/at-once.ts';
import { toFunctionOfText } from '../shared/custom-tools.ts';
import { parseChatRequest } from './parse-request.ts';

const messages = [{ role: 'user', content: 'x' }];
const custom = { type: 'custom', custom: { name: 'code', description: 'Runs code.' } };
const asFunction = { type: 'function', function: toFunctionOfText(custom.custom) };
const parse = (fields: object) => atOnce(parseChatRequest({ model: 'm', messages, ...fields }));

test.each([
  ['of chat', custom],
  ['of the Responses API', { type: 'custom', ...custom.custom }],
])('a custom tool in the form %s is a function of one text, whose name is remembered', (_, tool) => {
  const { chat, raw, customTools } = parse({ tools: [tool] });
  expect(chat.tools).toEqual([asFunction]);
  expect(raw.tools).toEqual([asFunction]);
  expect([...(customTools ?? [])]).toEqual(['code']);
});

test('where there is none, none is remembered', () => expect(parse({})).not.toHaveProperty('customTools'));

test.each([
  ['of chat', { type: 'custom', custom: { name: 'code' } }],
  ['of the Responses API', { type: 'custom', name: 'code' }],
])('it can be chosen in the form %s', (_, tool_choice) =>
  expect(parse({ tools: [custom], tool_choice }).chat.tool_choice).toEqual({
    type: 'function',
    function: { name: 'code' },
  }),
);

test.each([
  ['of chat', { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [custom] } }],
  ['of the Responses API', { type: 'allowed_tools', mode: 'required', tools: [{ type: 'custom', name: 'code' }] }],
])('it can be among those allowed, in the form %s', (_, tool_choice) => {
  const other = { type: 'function', function: { name: 'other' } };
  const { chat } = parse({ tools: [other, custom], tool_choice });
  expect(chat.tools).toEqual([asFunction]);
  expect(chat.tool_choice).toBe('required');
});

test('an earlier call of it is one of the function', () => {
  const call = { id: 'call_1', type: 'custom', custom: { name: 'code', input: 'print("1")' } };
  const { chat } = parse({
    messages: [
      ...messages,
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'call_1', content: '1' },
    ],
  });
  expect(chat.messages[1]).toMatchObject({
    tool_calls: [
      { id: 'call_1', type: 'function', function: { name: 'code', arguments: '{"input":"print(\\"1\\")"}' } },
    ],
  });
});

test('so is one in a Responses body', () => {
  const { chat } = atOnce(
    parseChatRequest({
      model: 'm',
      tools: [{ type: 'custom', name: 'code' }],
      input: [
        { role: 'user', content: 'x' },
        { type: 'custom_tool_call', call_id: 'call_1', name: 'code', input: 'a' },
        { type: 'custom_tool_call_output', call_id: 'call_1', output: 'b' },
      ],
    }),
  );
  expect(chat.messages.slice(1)).toEqual([
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'code', arguments: '{"input":"a"}' } }],
    },
    { role: 'tool', tool_call_id: 'call_1', content: 'b' },
  ]);
});

test('one without a name is named', () =>
  expect(() => parse({ tools: [{ type: 'custom', custom: {} }] })).toThrow(/^tools\.0/));
