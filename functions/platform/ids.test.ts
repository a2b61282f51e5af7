import { expect, test } from '@jest/globals';
import { decodeTime, isValid } from 'ulid';
import type { Clock } from './clock.ts';
import { createIds } from './ids.ts';

function clockAt(...times: number[]): Clock {
  return { now: () => times.shift() ?? Number.NaN, monotonic: () => 0 };
}

test('a request id is req_ and a ULID of the time', () => {
  const id = createIds(clockAt(1_786_000_000_000)).request();
  expect(id).toMatch(/^req_[0-9A-HJKMNP-TV-Z]{26}$/);
  expect(isValid(id.slice(4))).toBe(true);
  expect(decodeTime(id.slice(4))).toBe(1_786_000_000_000);
});

test('other things have prefixes of their own', () => {
  expect(createIds(clockAt(1)).mint('ins')).toMatch(/^ins_[0-9A-Z]{26}$/);
});

test('ids rise within a millisecond, and when the clock goes back', () => {
  const ids = createIds(clockAt(2_000, 2_000, 1_000, 2_000, 2_001));
  const minted = Array.from({ length: 5 }, () => ids.request());
  expect(minted).toEqual([...minted].sort());
  expect(new Set(minted).size).toBe(5);
});

test('two processes at the same time do not mint the same id', () => {
  const [one, other] = [
    createIds({ now: () => 1, monotonic: () => 0 }),
    createIds({ now: () => 1, monotonic: () => 0 }),
  ];
  const minted = Array.from({ length: 500 }, () => [one.request(), other.request()]).flat();
  expect(new Set(minted).size).toBe(1_000);
});

test('all of the 32 letters come up, so that no randomness is thrown away', () => {
  let now = 0;
  const ids = createIds({ now: () => now++, monotonic: () => 0 });
  const letters = Array.from({ length: 500 }, () => ids.mint('x').slice(-16)).join('');
  expect(new Set(letters).size).toBe(32);
});
