import { expect, test } from '@jest/globals';
import { atOnce } from '../../../test/support/at-once.ts';
import { parseChatRequest } from './parse-request.ts';
import { chatBody } from './request-body.ts';

const user = (content: unknown) => ({ role: 'user', content });
const URL = 'https://example.com/a.png';
const body = (fields: object) => ({ model: 'm', messages: [user('x')], ...fields });
const f = { name: 'f', parameters: { type: 'object', properties: {} } };
const grammar = { syntax: 'lark', definition: 'start: "a"' };
const asking = (tool: object) => ({ tools: [tool], tool_choice: 'required' });

test.each<[string, object]>([
  ['plain', {}],
  ['a flat tool', asking({ type: 'function', ...f })],
  ['a custom tool', asking({ type: 'custom', custom: { name: 'c' } })],
  [
    'a custom tool with a grammar',
    asking({ type: 'custom', custom: { name: 'c', format: { type: 'grammar', grammar } } }),
  ],
  ['a flat custom tool', asking({ type: 'custom', name: 'c', format: { type: 'grammar', ...grammar } })],
  [
    'a choice of a custom tool',
    { tools: [{ type: 'custom', custom: { name: 'c' } }], tool_choice: { type: 'custom', custom: { name: 'c' } } },
  ],
  ['a flat choice', { tools: [{ type: 'function', function: f }], tool_choice: { type: 'function', name: 'f' } }],
  [
    'a choice of some',
    {
      tools: [{ type: 'function', function: f }],
      tool_choice: {
        type: 'allowed_tools',
        allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'f' } }] },
      },
    },
  ],
  ['an image as its URL', { messages: [user([{ type: 'image_url', image_url: URL }])] }],
  ['an image of the Responses API', { messages: [user([{ type: 'input_image', image_url: URL }])] }],
  ['an image of Anthropic', { messages: [user([{ type: 'image', source: { type: 'url', url: URL } }])] }],
  [
    'a call of a custom tool',
    {
      messages: [
        user('x'),
        { role: 'assistant', tool_calls: [{ id: 'c1', type: 'custom', custom: { name: 'c', input: 'i' } }] },
        { role: 'tool', tool_call_id: 'c1', content: 'r' },
      ],
    },
  ],
])('the document has what is taken: %s', (_, fields) => {
  expect(() => atOnce(parseChatRequest(body(fields)))).not.toThrow();
  expect(chatBody.safeParse(body(fields)).error).toBeUndefined();
});
