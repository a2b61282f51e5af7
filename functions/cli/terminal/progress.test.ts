import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Context } from './context.ts';
import { withProgress } from './progress.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** What is told when work takes so long. */
async function toldOf(tookMs: number, isWatched: boolean): Promise<string[]> {
  const told: string[] = [];
  const context = { isWatched, complain: (line: string) => void told.push(line) } as Context;
  const work = new Promise<string>((resolve) => setTimeout(() => resolve('done'), tookMs));
  const all = withProgress(context, 'Waiting', work);
  await jest.advanceTimersByTimeAsync(tookMs);
  expect(await all).toBe('done');
  await jest.advanceTimersByTimeAsync(5_000);
  return told;
}

test('what takes more than a second says so, once, to somebody who watches', async () => {
  expect(await toldOf(1_001, true)).toEqual(['Waiting …']);
  expect(await toldOf(999, true)).toEqual([]);
  expect(await toldOf(9_000, false)).toEqual([]);
});
