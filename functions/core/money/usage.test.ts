import { describe, expect, test } from '@jest/globals';
import { beyondParts, laterReport, noUsage, toReport, toTokens } from './usage.ts';

test.each([
  [120, 100, 20],
  [100, 100, 0],
  [90, 100, 0],
  ['120', 100, 0],
  [120, 0, 0],
])('a total of %j has more than %i parts: %i', (total, parts, more) => expect(beyondParts(total, parts)).toBe(more));

test('a later report replaces an earlier one, but no zero wipes what was counted', () => {
  const first = { ...noUsage, input: 100, cacheRead: 90, output: 1 };
  expect(laterReport(null, first)).toBe(first);
  expect(laterReport(first, { ...noUsage, output: 7, reasoning: 3 })).toEqual({ ...first, output: 7, reasoning: 3 });
  expect(laterReport(first, { ...noUsage, input: 50, output: 7 })).toMatchObject({ input: 50, output: 7 });
});

test('a part of a total that a later report makes smaller is no more than that', () => {
  const absurd = { ...noUsage, input: 1e9, cacheRead: 1e9, output: 1e9, reasoning: 1e9 };
  expect(laterReport(absurd, { ...noUsage, input: 10, output: 5 })).toEqual({
    ...noUsage,
    input: 10,
    cacheRead: 10,
    output: 5,
    reasoning: 5,
  });
});

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e16, '3', null, undefined, true, [3], { n: 3 }])(
  '%p is no number of tokens',
  (count) => expect(toTokens(count)).toBe(0),
);
test('an integer above zero is', () => expect(toTokens(1e15)).toBe(1e15));

describe('a report', () => {
  test('of nothing is none', () => {
    expect(toReport(noUsage)).toBeNull();
    expect(toReport({ ...noUsage, cacheRead: 9, reasoning: 9 })).toBeNull();
  });

  test('of one total is one', () => {
    expect(toReport({ ...noUsage, input: 1 })).toEqual({ ...noUsage, input: 1 });
    expect(toReport({ ...noUsage, output: 1 })).toEqual({ ...noUsage, output: 1 });
  });

  test('has no more parts than there is of their total, all of them together', () =>
    expect(
      toReport({ input: 11, cacheRead: 5, cacheWrite: 4, cacheWrite1h: 9, inputAudio: 9, output: 3, reasoning: 9 }),
    ).toEqual({ input: 11, cacheRead: 5, cacheWrite: 4, cacheWrite1h: 2, inputAudio: 0, output: 3, reasoning: 3 }));
});
