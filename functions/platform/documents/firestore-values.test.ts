import { describe, expect, test } from '@jest/globals';
import { storedFields } from '../../../test/support/arbitrary-fields.ts';
import fc from '../../../test/support/fast-check.ts';
import type { Fields } from '../../core/store/documents.ts';
import { normalizeFields } from './encode-document.ts';
import { decodeFields, encodeFields, type FirestoreFields, toMilliseconds } from './firestore-values.ts';

const there = (data: Fields) => JSON.parse(encodeFields(data)) as FirestoreFields;
const andBack = (data: Fields) => decodeFields(there(data));

test('every kind of value has its form', () => {
  const data = {
    nothing: null,
    yes: true,
    text: 'say "हाँ"',
    most: 9_223_372_036_854_775_807n,
    five: 5,
    fraction: 0.1,
    at: new Date(1_764_000_000_123),
    list: [1n, null],
    map: { empty: {}, none: [] },
    gone: undefined,
  };
  expect(there(data)).toEqual({
    nothing: { nullValue: null },
    yes: { booleanValue: true },
    text: { stringValue: 'say "हाँ"' },
    most: { integerValue: '9223372036854775807' },
    five: { integerValue: '5' },
    fraction: { doubleValue: 0.1 },
    at: { timestampValue: '2025-11-24T16:00:00.123Z' },
    list: { arrayValue: { values: [{ integerValue: '1' }, { nullValue: null }] } },
    map: { mapValue: { fields: { empty: { mapValue: { fields: {} } }, none: { arrayValue: { values: [] } } } } },
  });
});

test('whatever a document may hold comes back as it was', () => {
  fc.assert(
    fc.property(storedFields(), (data) => {
      expect(andBack(data)).toEqual(normalizeFields(data));
    }),
    { numRuns: 200 },
  );
});

test('what Firestore leaves out is empty', () => {
  expect(decodeFields(undefined)).toEqual({});
  expect(decodeFields({ list: { arrayValue: {} }, map: { mapValue: {} } })).toEqual({ list: [], map: {} });
});

describe('numbers', () => {
  test('an integral one is an integer as far as there are 64 bits', () => {
    expect(andBack({ a: 2 ** 60, b: -(2 ** 53), c: -0, d: 2 ** 63, e: 1e300 })).toEqual({
      a: 2n ** 60n,
      b: -(2n ** 53n),
      c: 0n,
      d: 2 ** 63,
      e: 1e300,
    });
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('%s is not stored', (value) => {
    expect(() => encodeFields({ value })).toThrow(TypeError);
  });

  test('those of others that are not finite are read', () => {
    const others = { a: { doubleValue: 'NaN' }, b: { doubleValue: '-Infinity' } } as unknown as FirestoreFields;
    expect(decodeFields(others)).toEqual({ a: Number.NaN, b: Number.NEGATIVE_INFINITY });
  });
});

test('half of a surrogate pair is replaced, and a whole one stays', () => {
  expect(andBack({ half: 'a\ud800b', whole: '\ud83d\ude4f' })).toEqual({ half: 'a\ufffdb', whole: '🙏' });
});

test.each([{ bytesValue: 'AAAA' }, { geoPointValue: { latitude: 1 } }, { referenceValue: 'projects/p' }, {}])(
  'a value of a kind that we never write is refused: %j',
  (value) => {
    expect(() => decodeFields({ value } as FirestoreFields)).toThrow(/never written/);
  },
);

test.each([
  ['2026-11-28T16:30:09Z', 1_795_883_409_000, 1_795_883_409_000],
  ['2026-11-28T16:30:09.5Z', 1_795_883_409_500, 1_795_883_409_500],
  ['2026-11-28T16:30:09.123456Z', 1_795_883_409_123, 1_795_883_409_123],
  ['2026-11-28T16:30:09.123999999Z', 1_795_883_409_123, 1_795_883_409_124],
  ['1969-12-31T23:59:59.999000001Z', -1, -1],
])('a time of nanoseconds in whole milliseconds: %s', (text, floor, rounded) => {
  expect(toMilliseconds(text, Math.floor)).toBe(floor);
  expect(toMilliseconds(text, Math.round)).toBe(rounded);
});
