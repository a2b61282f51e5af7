import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { BodyBytes } from './body-bytes.ts';

/** Bytes with memory of their own, as a socket's are. */
function piece(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(randomBytes(length));
}

test.each([
  ['large', 64 * 1024, 20],
  ['small', 100, 2_000],
])('%s pieces come out as they came in, however they are cut', (_, length, count) => {
  const pieces = Array.from({ length: count }, (_, n) => piece(length + n));
  const whole = Buffer.concat(pieces);
  const body = new BodyBytes(whole.length);
  for (const each of pieces) body.add(each);
  expect(body.length).toBe(whole.length);
  expect(body.all().equals(whole)).toBe(true);
  body.free();
  expect([body.length, body.all().length]).toEqual([0, 0]);
});

test('a large body is never there twice: the memory of its pieces goes back when they have been copied', () => {
  const pieces = [1, 2, 3].map(() => piece(64 * 1024));
  const body = new BodyBytes(1024 * 1024);
  for (const each of pieces) body.add(each);
  expect(pieces.map(({ buffer }) => buffer.byteLength)).toEqual([0, 0, 0]);
});

test('a piece of memory that others share, and what came at once, are left as they are', () => {
  const shared = piece(256 * 1024);
  const body = new BodyBytes(1024 * 1024);
  body.add(shared.subarray(0, 128 * 1024));
  body.add(shared.subarray(128 * 1024));
  expect(body.all().equals(shared)).toBe(true);
  const only = piece(64 * 1024);
  const other = new BodyBytes(only.length);
  other.add(only);
  expect(other.all().buffer).toBe(only.buffer);
});
