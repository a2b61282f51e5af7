import { expect, test } from '@jest/globals';
import { memoized } from './memoized.ts';

test('what was made is not made again, until there is too much of it', () => {
  const asked: string[] = [];
  const upper = memoized((text) => {
    asked.push(text);
    return text.toUpperCase();
  }, 2);
  expect(['a', 'b', 'a', 'b', 'c', 'c', 'a'].map(upper)).toEqual(['A', 'B', 'A', 'B', 'C', 'C', 'A']);
  expect(asked).toEqual(['a', 'b', 'c', 'a']);
});

test('what is thrown is not kept', () => {
  let works = false;
  const make = memoized((text) => {
    if (!works) throw new Error('not yet');
    return text;
  }, 2);
  expect(() => make('a')).toThrow('not yet');
  works = true;
  expect(make('a')).toBe('a');
});
