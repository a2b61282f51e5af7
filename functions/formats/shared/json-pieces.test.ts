import { describe, expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { parseExactJson } from './exact-json.ts';
import { jsonPieces, PIECE_LENGTH } from './json-pieces.ts';

describe('JSON in pieces', () => {
  test.each([
    ['short', (value: unknown) => value],
    ['long', (value: unknown) => [value, 'x'.repeat(PIECE_LENGTH)]],
  ])('is what JSON.stringify gives, for whatever comes as JSON and is %s', (_, made) => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (any) => {
        const value = made(any);
        expect([...jsonPieces(value)].join('') === JSON.stringify(value)).toBe(true);
        expect([...jsonPieces(value, 4)].join('') === JSON.stringify(value, null, 4)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['plain', 'word '],
    ['with escapes', '"\\\n\u0001'],
    ['of characters that have two halves', 'a😀'],
    ['of halves that are alone', '\ud83d\ude00\ud83d'],
  ])('cuts long strings that are %s where nothing is changed by it', (_, part) => {
    // Wherever the cut comes to lie.
    for (const before of ['', 'x', 'xy', 'xyz']) {
      const value = {
        [before + part.repeat(PIECE_LENGTH)]: [before + part.repeat(PIECE_LENGTH), undefined],
        none: undefined,
      };
      const pieces = [...jsonPieces(value)];
      expect(pieces.join('') === JSON.stringify(value)).toBe(true);
      // Cut where a character is not, each piece means the same as bytes.
      expect(Buffer.concat(pieces.map((piece) => Buffer.from(piece))).equals(Buffer.from(JSON.stringify(value)))).toBe(
        true,
      );
      // An escape has six times the length of what it stands for.
      for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(7 * PIECE_LENGTH);
    }
  });

  test('has the digits that exact numbers came with', () => {
    const text = '{"a":[9007199254740993,1.0,-0]}';
    expect([...jsonPieces(parseExactJson(text))].join('')).toBe(text);
  });

  test('of many small values comes in pieces too', () => {
    const value = Array.from({ length: PIECE_LENGTH }, (_, at) => ({ at }));
    const pieces = [...jsonPieces(value)];
    expect(pieces.join('')).toBe(JSON.stringify(value));
    for (const piece of pieces) expect(piece.length).toBeLessThan(2 * PIECE_LENGTH);
  });

  test('of few values comes in pieces too, where indents make them long', () => {
    const depth = 150;
    const value: unknown = JSON.parse(`${'['.repeat(depth)}${'1,'.repeat(4_000)}1${']'.repeat(depth)}`);
    expect([...jsonPieces(value)]).toHaveLength(1);
    const pieces = [...jsonPieces(value, 4)];
    expect(pieces.join('') === JSON.stringify(value, null, 4)).toBe(true);
    for (const piece of pieces) expect(piece.length).toBeLessThan(2 * PIECE_LENGTH);
  });

  test('keeps the digits of numbers that have kept them', () => {
    const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
    expect([...jsonPieces({ a: [rawJSON('12345678901234567890.10')] })].join('')).toBe(
      '{"a":[12345678901234567890.10]}',
    );
  });
});
