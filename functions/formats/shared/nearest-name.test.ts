import { expect, test } from '@jest/globals';
import { nearestName } from './nearest-name.ts';

const known = ['temperature', 'max_tokens', 'messages', 'only'];

test.each([
  ['a letter that is missing', 'temprature', 'temperature'],
  ['one too many', 'max_tokenss', 'max_tokens'],
  ['a wrong one', 'max-tokens', 'max_tokens'],
  ['two that are changed', 'onyl', 'only'],
])('a name with %s is the one that was meant', (_, name, meant) => expect(nearestName(name, known, 1)).toBe(meant));

test.each(['max_tokens', 'min_tokens', 'stop', '', 'x'.repeat(10_000)])('%.20s is near no other', (name) =>
  expect(nearestName(name, known, 1)).toBeNull(),
);

test('of several the nearest is meant', () =>
  expect(nearestName('messag', ['message', 'messages'], 2)).toBe('message'));
