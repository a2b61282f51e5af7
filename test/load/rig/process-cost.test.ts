import { expect, test } from '@jest/globals';
import { parsePsTime, readCost } from './process-cost.ts';

test.each([
  ['0:01.25', 1.25],
  ['00:02:03', 123],
  ['01:00:01', 3_601],
  ['2-01:00:00', 2 * 86_400 + 3_600],
])('ps says %s', (text, seconds) => expect(parsePsTime(text)).toBe(seconds));

test('a process that works uses CPU', () => {
  const before = readCost(process.pid);
  const own = process.cpuUsage();
  // Counted in CPU time, so that a busy machine changes nothing.
  while (process.cpuUsage(own).user < 50_000);
  const after = readCost(process.pid);
  expect(after.cpuUs - before.cpuUs).toBeGreaterThan(40_000);
  expect(after.rssBytes).toBeGreaterThan(2 ** 20);
});
