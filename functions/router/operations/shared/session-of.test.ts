import { expect, test } from '@jest/globals';
import { sessionOf as sessionBy } from './session-of.ts';

const sessionOf = (headers: Record<string, string>, body: unknown) =>
  sessionBy(headers, body, (name) => `h${name.length}`);

test.each<[string, Record<string, string>, unknown, string]>([
  ['a header', { 'x-session-id': 'a' }, { session_id: 'b' }, 'a'],
  ['a field', { 'x-claude-code-session-id': 'b' }, { session_id: 'a' }, 'a'],
  ['Claude Code’s header', { 'x-claude-code-session-id': 'a', 'session-id': 'b' }, {}, 'a'],
  ['Codex’s headers', { conversation_id: 'a' }, { prompt_cache_key: 'b' }, 'a'],
  ['the key of a cache', {}, { prompt_cache_key: 'a' }, 'a'],
  ['Claude Code’s user', {}, { metadata: { user_id: '{"device_id":"d","session_id":"a"}' } }, 'a'],
  ['an older one', {}, { metadata: { user_id: 'user_1f_account__session_0b-1' } }, '0b-1'],
  ['Open WebUI’s header', { 'x-openwebui-chat-id': 'a' }, null, 'a'],
])('a session is named by %s', (_, headers, body, session) => expect(sessionOf(headers, body)).toBe(session));

test.each([[{}], [null], ['text'], [{ session_id: 7 }], [{ metadata: { user_id: 'ann' } }], [{ session_id: '' }]])(
  '%j names none',
  (body) => expect(sessionOf({}, body)).toBeNull(),
);

test.each(['You are a helpful assistant.', 'ann@example.com', 'x'.repeat(1_000)])(
  'what may be anything is kept as its hash: %.30s',
  (name) => expect(sessionOf({}, { prompt_cache_key: name })).toBe(`h${name.length}`),
);
