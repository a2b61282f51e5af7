import { expect, test } from '@jest/globals';
import { endUserOfHeaders, personOf } from './end-user-of.ts';

test.each([
  ['Open WebUI’s header', { 'x-openwebui-user-id': 'ann' }, 'ann'],
  ['LibreChat’s', { 'x-librechat-user-id': 'bob' }, 'bob'],
  ['LibreChat’s as its documents have it', { 'x-user-id': ' cid ' }, 'cid'],
  ['the application’s own before any other', { 'x-user-id': 'cid', 'x-openwebui-user-id': 'ann' }, 'ann'],
  [
    'the next one where a placeholder was not filled',
    { 'x-librechat-user-id': '{{LIBRECHAT_USER_ID}}', 'x-user-id': 'c' },
    'c',
  ],
  ['nobody where it is empty', { 'x-openwebui-user-id': ' ' }, null],
  ['nobody where none is sent', { authorization: 'ann' }, null],
])('takes %s', (_, headers, user) => {
  expect(endUserOfHeaders(headers)).toBe(user);
});

test.each([
  ['user_1f_account_9a_session_0b-1', 'user_1f_account_9a'],
  ['{"device_id":"d","account_uuid":"a","session_id":"s"}', '{"device_id":"d","account_uuid":"a"}'],
  ['{"session_id":"s"}', null],
  ['{not json', '{not json'],
  ['ann', 'ann'],
  ['', null],
  [undefined, null],
])('the person of %j is %j, whatever the session', (userId, person) => {
  expect(personOf(userId)).toBe(person);
});
