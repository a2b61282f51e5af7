import { expect, test } from '@jest/globals';
import { atOnce } from '../../../test/support/at-once.ts';
import { parseChatRequest } from './parse-request.ts';

const use = { type: 'tool_use', id: 'toolu_1', name: 'f', input: { a: 1 } };
const result = { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'r' }] };
const user = (content: unknown) => ({ role: 'user', content });
const assistant = (...content: object[]) => ({ role: 'assistant', content });
const messagesOf = (...messages: object[]) => atOnce(parseChatRequest({ model: 'm', messages })).chat.messages;

const call = { id: 'toolu_1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } };

test('calls and results in Anthropic’s parts are calls and results', () =>
  expect(
    messagesOf(
      user('x'),
      assistant({ type: 'text', text: 'Let me see.' }, use),
      user([result, { type: 'text', text: 'And?' }]),
    ),
  ).toEqual([
    user('x'),
    { role: 'assistant', content: [{ type: 'text', text: 'Let me see.' }], tool_calls: [call] },
    { role: 'tool', tool_call_id: 'toolu_1', content: [{ type: 'text', text: 'r' }] },
    user([{ type: 'text', text: 'And?' }]),
  ]));

test('thoughts in that form are left out', () =>
  expect(
    messagesOf(user('x'), assistant({ type: 'thinking', thinking: 'hm', signature: 's' }, use), user([result])),
  ).toEqual([
    user('x'),
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: 'toolu_1', content: [{ type: 'text', text: 'r' }] },
  ]));

test('a result that says nothing is empty', () =>
  expect(messagesOf(user('x'), assistant(use), user([{ ...result, content: undefined }]))[2]).toMatchObject({
    content: '',
  }));

const schema = { type: 'object', properties: { a: { type: 'number' } } };

test.each([{}, { type: 'custom' }])('tools in Anthropic’s form are functions: %j', (kind) => {
  const { chat, customTools } = atOnce(
    parseChatRequest({
      model: 'm',
      messages: [user('x')],
      tools: [{ ...kind, name: 'f', description: 'd', input_schema: schema, cache_control: { type: 'ephemeral' } }],
    }),
  );
  expect(chat.tools).toEqual([
    {
      type: 'function',
      function: { name: 'f', description: 'd', parameters: schema },
      cache_control: { type: 'ephemeral' },
    },
  ]);
  expect(customTools).toBeUndefined();
});

test.each([
  [{ type: 'auto' }, 'auto'],
  [{ type: 'any' }, 'required'],
  [{ type: 'none' }, 'none'],
  [
    { type: 'tool', name: 'f' },
    { type: 'function', function: { name: 'f' } },
  ],
])('and so are choices: %j', (tool_choice, mended) => {
  const tools = [{ name: 'f', input_schema: schema }];
  expect(atOnce(parseChatRequest({ model: 'm', messages: [user('x')], tools, tool_choice })).chat.tool_choice).toEqual(
    mended,
  );
});
