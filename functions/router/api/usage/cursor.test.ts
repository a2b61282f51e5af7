import { describe, expect, test } from '@jest/globals';
import fc from '../../../../test/support/fast-check.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';

const list = ['own_a', { model: 'acme/large' }];
const cursor = { at: 1_795_000_000_000, id: 'a1b2_req_1', from: 1_792_000_000_000 };
const refused = expect.objectContaining({ code: 'invalid_request_error', param: 'cursor' });
const read = (text: string, of: unknown = list) => {
  try {
    return decodeCursor(text, of);
  } catch (error) {
    return error;
  }
};

test('a cursor comes back as the place that it was made of', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0 }), fc.string(), fc.integer({ min: 0 }), (at, id, from) => {
      expect(decodeCursor(encodeCursor({ at, id, from }, list), list)).toEqual({ at, id, from });
    }),
  );
});

test('a cursor in which any one character was changed, added or lost is refused', () => {
  const text = encodeCursor(cursor, list);
  for (let at = 0; at < text.length; at++) {
    for (const other of ['A', 'b', '_', '9', '=', '!', '']) {
      if (other === text[at]) continue;
      expect(read(text.slice(0, at) + other + text.slice(at + 1))).toEqual(refused);
    }
  }
  for (const more of ['=', '!', 'A', '\n', ' ']) expect(read(text + more)).toEqual(refused);
});

describe('refused as well is', () => {
  const json = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  test.each([
    ['a cursor of another owner', encodeCursor(cursor, ['own_b', { model: 'acme/large' }])],
    ['a cursor of other filters', encodeCursor(cursor, ['own_a', {}])],
    ['nothing', ''],
    ['text', 'next'],
    ['JSON of another shape', json({ at: 1 })],
    ['a place without its checksum', json([cursor.at, cursor.id, cursor.from])],
    ['a time that no date can name', encodeCursor({ ...cursor, at: 8.64e15 + 1 }, list)],
    ['a time between two milliseconds', encodeCursor({ ...cursor, at: 1.5 }, list)],
  ])('%s', (_what, text) => {
    expect(read(text)).toEqual(refused);
  });
});
