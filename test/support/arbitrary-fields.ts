import type { Fields, Value } from '../../functions/core/store/documents.ts';
import fc from './fast-check.ts';

/** Integers of 64 bits, their ends among them. */
const INTEGERS = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
/** From the year 1 to 9999, to the millisecond. */
const TIMES = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
});
const DOUBLES = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Number.isInteger(value));
/** A field that begins and ends with two underscores is Firestore's own, and none may be without a name. */
const NAMES = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((name) => !/^__.*__$/.test(name) && name !== '__proto__' && name.isWellFormed());

/** All that a document may hold, names of fields with dots, quotes and other letters included. A list holds no lists. */
export function storedFields(): fc.Arbitrary<Fields> {
  const { fields } = fc.letrec<{ leaf: Value; list: Value[]; fields: Fields }>((tie) => ({
    leaf: fc.oneof(
      fc.constant(null),
      fc.boolean(),
      INTEGERS,
      fc.integer(),
      DOUBLES,
      TIMES,
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('', '\u0000', '🙏', 'नमस्ते', '"\\/\b\n', '\u2028', '$date'),
    ),
    list: fc.array(fc.oneof({ maxDepth: 3 }, tie('leaf'), tie('fields')) as fc.Arbitrary<Value>, { maxLength: 4 }),
    fields: fc.dictionary(
      NAMES,
      fc.oneof({ maxDepth: 3, withCrossShrink: true }, tie('leaf'), tie('list'), tie('fields')) as fc.Arbitrary<Value>,
      { maxKeys: 5, noNullPrototype: true },
    ),
  }));
  return fields;
}
