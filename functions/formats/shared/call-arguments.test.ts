import { describe, expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { CallArguments } from './call-arguments.ts';

/** What a client puts together of the deltas. */
function passed(...deltas: string[]): string {
  const args = new CallArguments();
  return deltas.map((delta) => args.add(delta)).join('') + args.finish();
}

/** A text cut into pieces of one character or more. */
function cut(text: string, lengths: readonly number[]): string[] {
  const pieces: string[] = [];
  let at = 0;
  for (const length of lengths) {
    if (at < text.length) pieces.push(text.slice(at, at + length));
    at += length;
  }
  return at < text.length ? [...pieces, text.slice(at)] : pieces;
}

const objects = fc
  .dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 })
  .map((value) => JSON.stringify(value));
const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 40 });

describe('arguments come out once and whole', () => {
  test('cut into pieces anywhere, whatever is in them', () =>
    fc.assert(
      fc.property(objects, lengths, (text, sizes) => expect(passed(...cut(text, sizes))).toBe(text)),
      { numRuns: 500 },
    ));

  test('said from the beginning again with each delta', () =>
    fc.assert(
      fc.property(objects, lengths, (text, sizes) => {
        const soFar = cut(text, sizes).map((_, index, pieces) => pieces.slice(0, index + 1).join(''));
        expect(passed(...soFar)).toBe(text);
      }),
    ));

  test('said again as a whole after their pieces, or twice', () =>
    fc.assert(
      fc.property(objects, lengths, (text, sizes) => {
        expect(passed(...cut(text, sizes), text)).toBe(text);
        expect(passed(text, text)).toBe(text);
        expect(passed(...cut(text, sizes), ...cut(text, sizes))).toBe(text);
      }),
    ));

  test('begun with an empty object', () =>
    fc.assert(
      fc.property(objects, lengths, (text, sizes) => expect(passed('{}', '{}', ...cut(text, sizes))).toBe(text)),
    ));

  test.each([
    [[], '{}'],
    [['{}'], '{}'],
    [['{ }', ''], '{}'],
    [['{', '}'], '{}'],
    [['', ' ', '{"a"', ':1}'], '{"a":1}'],
    // Text that is no object is not the router's to mend.
    [['nul', 'l'], 'null'],
    [['[1', ',1', ',1]'], '[1,1,1]'],
    [['{"a":1}', ' \n', '{"b":2}'], '{"a":1}'],
    [['{"a":1}{"a":1}'], '{"a":1}'],
    [['{"a":"}', '{\\"', '"}'], '{"a":"}{\\""}'],
    // Cut off by a limit.
    [['{"a":', '{"a"'], '{"a":{"a"'],
  ])('%j are %s', (deltas, text) => expect(passed(...deltas)).toBe(text));

  test('an object that begins like the one that it is in waits until the next delta tells which it is', () => {
    expect(passed('{"a":', '{"a":1}', '}')).toBe('{"a":{"a":1}}');
    expect(passed('{"a":', '{"a":1}')).toBe('{"a":1}');
    expect(passed('{"a":', '{"a":[', '{"a":[2]}')).toBe('{"a":[2]}');
    expect(passed('{', '"a":', '{"a":', '1}}')).toBe('{"a":{"a":1}}');
    expect(passed('{"', '{":[],"a', '":1}')).toBe('{"{":[],"a":1}');
    expect(passed('{"', '{"', '{"a":1}')).toBe('{"a":1}');
  });
});

test('the whole at the end gives what the pieces left out', () => {
  const args = new CallArguments();
  expect(args.add('{"city"')).toBe('{"city"');
  expect(args.whole('{"city":"Oslo"}')).toBe(':"Oslo"}');
  expect(args.whole('{"city":"Oslo"}') + args.finish()).toBe('');
});

test('long arguments cost time in proportion to their length', () => {
  const args = new CallArguments();
  const beganAt = performance.now();
  args.add('{"a":[');
  for (let at = 0; at < 200_000; at++) args.add('{"b":{}},');
  args.add('1]}');
  expect(args.text).toHaveLength(6 + 9 * 200_000 + 3);
  expect(performance.now() - beganAt).toBeLessThan(2_000);
});
