import { describe, expect, test } from '@jest/globals';
import { noUsage, toReport, toTokens } from './usage.ts';

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
