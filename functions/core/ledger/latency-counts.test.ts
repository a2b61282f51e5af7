import { expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import {
  addLatencies,
  countLatency,
  latencyAt,
  latencyBounds,
  noLatencies,
  toLatencyCounts,
} from './latency-counts.ts';

const countsOf = (times: readonly number[]) =>
  times.map((ms) => countLatency(BigInt(ms))).reduce(addLatencies, noLatencies);

test('a request without a first token is none of them', () => {
  expect(countLatency(0n)).toBe(noLatencies);
  expect(latencyAt(noLatencies, 0.5)).toBeNull();
});

test('buckets are as long as said', () => {
  expect(latencyBounds.slice(0, 5)).toEqual([50, 75, 100, 150, 200]);
  expect(latencyBounds.at(-1)).toBe(102_400);
  expect(countLatency(75n)).toEqual({ 75: 1n });
  expect(countLatency(76n)).toEqual({ 100: 1n });
  expect(countLatency(10_000_000n)).toEqual({ 102400: 1n });
});

test('half of them are as fast as the half, and not the mean', () => {
  const counts = countsOf([...Array<number>(90).fill(120), ...Array<number>(10).fill(30_000)]);
  expect(latencyAt(counts, 0.5)).toBeGreaterThan(100);
  expect(latencyAt(counts, 0.5)).toBeLessThanOrEqual(150);
  expect(latencyAt(counts, 0.95)).toBeGreaterThan(25_600);
});

test('what comes of counts is in the bucket of the request that it is about, in whatever order they were added up', () => {
  const times = fc.array(fc.integer({ min: 1, max: 102_400 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(times, fc.constantFrom(0.5, 0.95), (all, share) => {
      const exact = all.toSorted((a, b) => a - b)[Math.ceil(share * all.length) - 1] ?? 0;
      const upper = latencyBounds.find((bound) => exact <= bound) ?? 0;
      const lower = latencyBounds.findLast((bound) => bound < exact) ?? 0;
      const told = latencyAt(countsOf(all), share) ?? -1;
      expect(told).toBeGreaterThanOrEqual(lower);
      expect(told).toBeLessThanOrEqual(upper);
      expect(latencyAt(countsOf(all.toReversed()), share)).toBe(told);
    }),
  );
});

test('what a document has comes back, and what it has not is nothing', () => {
  expect(toLatencyCounts({ 75: 3n })).toEqual({ 75: 3n });
  expect(toLatencyCounts(undefined)).toBe(noLatencies);
  expect(toLatencyCounts({ 75: 'many' })).toBe(noLatencies);
});
