import { expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import type { Value } from '../../core/store/documents.ts';
import { decodeDocument, encodeDocument, normalizeFields } from './encode-document.ts';

const leaf = fc.oneof(
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string(),
  fc.boolean(),
  fc.constant(null),
  fc.date({ noInvalidDate: true }),
);
const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf as fc.Arbitrary<Value>,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 3 }),
  ),
}));

test('what is written comes back, to the last digit', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), value, { maxKeys: 6 }), (data) => {
      const normal = normalizeFields(data);
      const text = encodeDocument(normal);
      expect(encodeDocument(decodeDocument(text))).toBe(text);
    }),
  );
});

test.each([
  ['9007199254740991', 9_007_199_254_740_991n],
  ['9007199254740992', 9_007_199_254_740_992n],
  ['9007199254740993', 9_007_199_254_740_993n],
  ['-92233720368547758070', -92_233_720_368_547_758_070n],
  ['0.1', 0.1],
  ['1e+21', 1e21],
  ['{"$date":5}', new Date(5)],
  ['[1,{"$date":2},{"a":9007199254740993}]', [1n, new Date(2), { a: 9_007_199_254_740_993n }]],
])('%s is read as what it is', (text, expected) => {
  expect(decodeDocument(`{"n":1,"x":${text}}`)).toEqual({ n: 1n, x: expected });
});
