import { expect, test } from '@jest/globals';
import { fitArguments } from '../../../formats/fit/call-arguments.ts';
import { jsonTool } from '../../../formats/fit/json-answer.ts';
import { chatRequestSchema } from '../../../formats/pivot/chat-request.ts';
import { measureChat } from './measure-chat.ts';

const measureOf = async (text: string) => {
  const { textBytes } = await measureChat(
    chatRequestSchema.parse({
      model: 'm',
      messages: [
        { role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: text } }] },
        { role: 'tool', tool_call_id: 'a', content: 'x' },
      ],
    }),
  );
  return textBytes;
};

test('a call that was cut off is as long as it is sent, so that its tokens are held', async () => {
  const cut = '{"quotes":"\\"\\"\\"\\"';
  const longer = fitArguments(cut).length - cut.length;
  expect(longer).toBeGreaterThan(cut.length);
  expect((await measureOf(cut)) - (await measureOf('{}'))).toBe(fitArguments(cut).length - 2);
});

test.each([
  ['nowhere', {}, {}, false],
  ['in a part', { cache_control: { type: 'ephemeral' } }, {}, true],
  ['in a tool', {}, { cache_control: { type: 'ephemeral' } }, true],
])('whether anything is to be cached is seen: %s', async (_where, part, tool, marked) => {
  const chat = chatRequestSchema.parse({
    model: 'm',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'x', ...part }] }],
    tools: [{ type: 'function', function: { name: 'f', parameters: {} }, ...tool }],
  });
  expect((await measureChat(chat)).cacheMarked).toBe(marked);
});

test('the tool by which JSON may be asked for is held for, and not counted as if it were there', async () => {
  const messages = [{ role: 'user', content: 'JSON, please' }];
  const measured = (more: object) => measureChat(chatRequestSchema.parse({ model: 'm', messages, ...more }));
  const plain = await measured({});
  const json = await measured({ response_format: { type: 'json_object' } });
  const longest = JSON.stringify(jsonTool.function).length;
  expect(json.textBytes).toBeGreaterThanOrEqual(plain.textBytes + longest);
  expect([json.pieces, json.instructed]).toEqual([plain.pieces + 1, true]);
  expect(json.estimatedTokens).toBe(plain.estimatedTokens);
});
