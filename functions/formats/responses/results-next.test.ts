import { expect, test } from '@jest/globals';
import type { ChatMessage } from '../pivot/chat-request.ts';
import { withResultsNext } from './results-next.ts';

/** `a,b`: a turn that calls those; `=a`: the result of one; anything else is the user's. */
function messageOf(word: string): ChatMessage {
  if (word.startsWith('=')) return { role: 'tool', tool_call_id: word.slice(1), content: 'done' };
  if (!/^\w(,\w)*$/.test(word)) return { role: 'user', content: word };
  const tool_calls = word.split(',').map((id) => ({
    id,
    type: 'function' as const,
    function: { name: 'f', arguments: '{}' },
    extra_content: null,
  }));
  return { role: 'assistant', content: null, tool_calls };
}
function wordOf(message: ChatMessage): string {
  if (message.role === 'tool') return `=${message.tool_call_id}`;
  if (message.role === 'assistant') return (message.tool_calls ?? []).map(({ id }) => id).join(',');
  return String(message.content);
}

test.each([
  ['what is in its place stays', 'hello a,b =a =b hello', 'hello a,b =a =b hello'],
  ['what Codex notes while a tool runs comes after', 'a note =a', 'a =a note'],
  ['all results of a turn come first', 'a,b =b note =a hello', 'a,b =b =a note hello'],
  ['results keep their order', 'a,b =b =a', 'a,b =b =a'],
  ['an id that comes again has its own results', 'a note =a a =a', 'a =a note a =a'],
  ['two calls of one id have two results', 'a,a note =a =a', 'a,a =a =a note'],
  ['a result before its call stays where it is', '=a a hello', '=a a hello'],
  ['one result too many stays too', 'a =a hello =a', 'a =a hello =a'],
  ['a call without a result stays without', 'a hello b =b', 'a hello b =b'],
])('%s', (_, given, wanted) => {
  expect(withResultsNext(given.split(' ').map(messageOf)).map(wordOf).join(' ')).toBe(wanted);
});
