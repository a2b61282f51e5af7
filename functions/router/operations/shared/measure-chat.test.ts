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

test('a signature is held for as text, but is no more of the likely input than its thought', async () => {
  const measured = async (detail: object) => {
    const turn = { role: 'assistant', content: 'x', reasoning_details: [{ format: 'f', ...detail }] };
    return measureChat(chatRequestSchema.parse({ model: 'm', messages: [{ role: 'user', content: 'x' }, turn] }));
  };
  const thought = 'I need to divide that by 5.';
  const signature = 'EvQBCkYICxgCKkAxhD4N'.repeat(40);
  const plain = await measured({ type: 'reasoning.text', text: thought });
  const signed = await measured({ type: 'reasoning.text', text: thought, signature });
  expect(signed.textBytes - plain.textBytes).toBe(signature.length);
  expect(signed.estimatedTokens).toBe(plain.estimatedTokens);
  const none = await measured({ type: 'reasoning.text', text: '' });
  for (const detail of [
    { type: 'reasoning.text', text: '', signature },
    { type: 'reasoning.encrypted', data: signature },
  ]) {
    const sealed = await measured(detail);
    expect(sealed.textBytes - none.textBytes).toBe(signature.length);
    expect(sealed.estimatedTokens - none.estimatedTokens).toBe(signature.length / 8);
  }
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
