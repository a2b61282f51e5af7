import { expect, test } from '@jest/globals';
import type { ChatMessage } from '../pivot/chat-request.ts';
import { fitCallIds } from './call-ids.ts';

const anyId = { pattern: null, max: null };
/** Turns that each call something by the same id, as some servers number their calls. */
const turns = (count: number): ChatMessage[] =>
  Array.from({ length: count }, () => [
    {
      role: 'assistant' as const,
      content: null,
      tool_calls: [
        { id: 'call_0', type: 'function' as const, function: { name: 'f', arguments: '{}' }, extra_content: null },
      ],
    },
    { role: 'tool' as const, tool_call_id: 'call_0', content: 'done' },
  ]).flat();
const idsIn = (messages: readonly ChatMessage[]) =>
  messages.map((message) =>
    message.role === 'tool' ? message.tool_call_id : message.role === 'assistant' ? message.tool_calls?.[0]?.id : '',
  );

test('an id that comes again is another one each time, and the same in the next turn', () => {
  const ids = idsIn(fitCallIds(turns(20), anyId));
  expect(new Set(ids).size).toBe(20);
  expect(ids[0]).toBe('call_0');
  for (let at = 0; at < ids.length; at += 2) expect(ids[at + 1]).toBe(ids[at]);
  expect(idsIn(fitCallIds(turns(10), anyId))).toEqual(ids.slice(0, 20));
});

test('a conversation of one id alone takes no longer than it has turns', () => {
  const ids = idsIn(fitCallIds(turns(10_000), anyId));
  expect(new Set(ids).size).toBe(10_000);
});
