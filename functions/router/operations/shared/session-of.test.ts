import { expect, test } from '@jest/globals';
import { isAffinityOff, sessionOf as sessionBy } from './session-of.ts';

const sessionOf = (headers: Record<string, string>, body: unknown) =>
  sessionBy(headers, body, (name) => `h${name.length}`);

test.each<[string, Record<string, string>, unknown, string]>([
  ['a header', { 'x-session-id': 'a' }, { session_id: 'b' }, 'a'],
  ['a field', { 'x-claude-code-session-id': 'b' }, { session_id: 'a' }, 'a'],
  ['Claude Code’s header', { 'x-claude-code-session-id': 'a', 'session-id': 'b' }, {}, 'a'],
  ['a header of the same form', { 'x-kilo-session-id': 'a', 'session-id': 'b' }, {}, 'a'],
  ['its own header, not the one it was begun by', { 'x-parent-session-id': 'b', 'x-session-affinity': 'a' }, {}, 'a'],
  ['OpenCode’s header', { 'x-session-affinity': 'a' }, { prompt_cache_key: 'b' }, 'a'],
  ['its field where affinity is off', { 'x-session-affinity': 'off' }, { prompt_cache_key: 'a' }, 'a'],
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

test.each<[string, Record<string, string>, boolean]>([
  ['off', { 'x-session-affinity': 'off' }, true],
  ['off, as it may be written', { 'x-session-affinity': ' OFF ' }, true],
  ['a name', { 'x-session-affinity': 'ses_1' }, false],
  ['nothing', {}, false],
])('affinity is said to be off by: %s', (_, headers, off) => expect(isAffinityOff(headers)).toBe(off));

test('a switch is no name', () => expect(sessionOf({ 'x-session-affinity': 'off' }, {})).toBeNull());

test.each(['You are a helpful assistant.', 'ann@example.com', 'x'.repeat(1_000)])(
  'what may be anything is kept as its hash: %.30s',
  (name) => expect(sessionOf({}, { prompt_cache_key: name })).toBe(`h${name.length}`),
);
