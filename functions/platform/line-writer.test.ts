import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  createLineWriter,
  ERROR_RETRY_MS,
  FULL_RETRY_MS,
  GATHER_MS,
  type LineWriter,
  WAITING_CHARACTERS,
} from './line-writer.ts';

const LINE = `${'x'.repeat(999)}\n`;

let taken: string;
/** What the destination does next: an error's code, or how many bytes it takes at most. */
let state: string | number;
let dropped: number;
let writer: LineWriter;

beforeEach(() => {
  jest.useFakeTimers();
  taken = '';
  state = Number.POSITIVE_INFINITY;
  dropped = 0;
  writer = createLineWriter({
    write: (bytes) => {
      if (typeof state === 'string') throw Object.assign(new Error(state), { code: state });
      const part = bytes.subarray(0, state);
      taken += Buffer.from(part).toString();
      return part.length;
    },
    onDropped: (lines) => {
      dropped += lines;
    },
    tell: (lines) => `dropped ${lines}\n`,
  });
});
afterEach(() => {
  jest.useRealTimers();
});

test('lines are gathered for a moment, and written at once when there are many', () => {
  writer.write('a\n');
  expect(taken).toBe('');
  jest.advanceTimersByTime(GATHER_MS);
  expect(taken).toBe('a\n');
  for (let n = 0; n < 5; n++) writer.write(LINE);
  expect(taken).toBe(`a\n${LINE.repeat(5)}`);
});

test('a destination that takes a few bytes at a time gets every line whole', () => {
  state = 7;
  for (let n = 0; n < 5; n++) writer.write(LINE);
  expect(taken).toBe(LINE.repeat(5));
});

describe.each([
  ['ENOSPC', ERROR_RETRY_MS],
  ['EPIPE', ERROR_RETRY_MS],
  ['EAGAIN', FULL_RETRY_MS],
])('a destination that fails with %s', (code, retryMs) => {
  test('loses nothing that can wait', () => {
    state = code;
    for (let n = 0; n < 10; n++) writer.write(LINE);
    state = Number.POSITIVE_INFINITY;
    jest.advanceTimersByTime(retryMs);
    expect(taken).toBe(LINE.repeat(10));
    expect(dropped).toBe(0);
  });

  test('drops what comes beyond, counts it, and is told so when it takes lines again', () => {
    state = code;
    const fits = Math.floor(WAITING_CHARACTERS / LINE.length);
    for (let n = 0; n < fits + 50; n++) writer.write(LINE);
    expect(dropped).toBeGreaterThan(0);
    const count = dropped;
    state = Number.POSITIVE_INFINITY;
    jest.advanceTimersByTime(retryMs);
    expect(taken).toBe(`${LINE.repeat(fits + 50 - count)}dropped ${count}\n`);
    writer.write('after\n');
    writer.end();
    expect(taken.endsWith(`dropped ${count}\nafter\n`)).toBe(true);
  });

  test('does not keep the process from ending', () => {
    state = code;
    writer.write(LINE);
    writer.end();
    expect(taken).toBe('');
  });
});
