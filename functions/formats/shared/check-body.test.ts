import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { atOnce } from '../../../test/support/at-once.ts';
import fc from '../../../test/support/fast-check.ts';
import { MeshError } from '../../core/errors.ts';
import { bodyChecker } from './check-body.ts';
import { toValidationError } from './validation-error.ts';

const listOf = <Entry extends z.ZodType>(entry: Entry) => z.union([z.string(), z.array(entry).min(1).max(3)]);
const entry = z.union([z.object({ a: z.int(), b: z.string().nullish() }), z.string()]);
const body = z.object({ first: z.int(), list: listOf(entry), last: z.boolean().nullish() });
const checkBody = bodyChecker({ body, list: 'list', anyList: listOf(z.unknown()), entry });

function outcome(check: () => unknown): unknown {
  try {
    return { data: check() };
  } catch (error) {
    if (!(error instanceof MeshError)) throw error;
    const { param, message, details } = error;
    return { param, message, details };
  }
}

test('a body checked entry by entry is what it is in one go, with the same complaints in the same order', () => {
  const value = fc.oneof(
    fc.constant(1),
    fc.constant('x'),
    fc.constant(null),
    fc.constant(undefined),
    fc.constant(true),
  );
  const each = fc.oneof(value, fc.record({ a: value, b: value, c: value }));
  const lists = fc.oneof(value, fc.array(each, { maxLength: 4 }));
  const bodies = fc.record({ first: value, list: lists, last: value, other: value }, { requiredKeys: [] });
  fc.assert(
    fc.property(bodies, (given) => {
      const inOneGo = () => {
        const { success, data, error } = body.safeParse(given);
        if (!success) throw toValidationError(error);
        return data;
      };
      expect(outcome(() => atOnce(checkBody(given)))).toEqual(outcome(inOneGo));
    }),
    { numRuns: 1_000 },
  );
});

test('others can have their turn after each entry', () => {
  expect([...checkBody({ first: 1, list: ['x', 'y', { a: 1 }] })]).toHaveLength(3);
});
