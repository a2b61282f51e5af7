import { expect, test } from '@jest/globals';
import { type CallPiece, type GrowingCall, withPiece } from './growing-call.ts';

test.each([0, 1, 7, 1_000_000_000])('a call that a provider counts as number %d is the only one', (index) => {
  const pieces: CallPiece[] = [
    { index, id: 'call_1', function: { name: 'weather', arguments: '' } },
    { index, function: { arguments: '{"place":' } },
    { index, function: { arguments: '"Pune"}' } },
  ];
  expect(pieces.reduce<GrowingCall[]>(withPiece, [])).toEqual([
    { index, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"place":"Pune"}' } },
  ]);
});

test('pieces of two calls that come in turn stay apart', () => {
  const pieces: CallPiece[] = [
    { index: 1, id: 'a', function: { name: 'one', arguments: '{' } },
    { index: 2, id: 'b', function: { name: 'two', arguments: '[' } },
    { index: 1, function: { arguments: '}' } },
    { index: 2, function: { arguments: ']' } },
  ];
  const calls = pieces.reduce<GrowingCall[]>(withPiece, []);
  expect(calls.map((call) => [call.id, call.function.name, call.function.arguments])).toEqual([
    ['a', 'one', '{}'],
    ['b', 'two', '[]'],
  ]);
});
