import { describe, expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { exactNumber, isExactNumber, parseExactJson, toolInputs, wouldChange } from './exact-json.ts';
import { MAX_TEXT_DEPTH } from './parse-json.ts';

/** A number as somebody might write it. */
const numbers = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(fc.bigInt({ min: 0n, max: 10n ** 25n }), fc.nat({ max: 1_000 })).map(String),
    fc.oneof(fc.constantFrom('', '.0', '.50', '.0000001', '.1'), fc.stringMatching(/^\.\d{1,20}$/)),
    fc.constantFrom('', '', 'e2', 'E-7', 'e+400'),
  )
  .map((parts) => parts.join(''));
const values = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    numbers,
    fc.string().map((text) => JSON.stringify(text)),
    fc.array(tie('value'), { maxLength: 4 }).map((entries) => `[${entries.join(',')}]`),
    fc
      .uniqueArray(fc.tuple(fc.string({ minLength: 1 }), tie('value')), { maxLength: 4, selector: ([name]) => name })
      .filter((fields) => fields.every(([name]) => !/^\d+$/.test(name)))
      .map((fields) => `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`),
  ),
})).value;

describe('numbers keep their digits', () => {
  test('whatever they are and wherever they stand', () =>
    fc.assert(
      fc.property(values, (value) => {
        const text = `{"a":${value}}`;
        expect(JSON.stringify(parseExactJson(text))).toBe(text);
      }),
      { numRuns: 500 },
    ));

  test.each(['9007199254740993', '1.0', '1e2', '-0', '0.0000001', '0.1000', '1E400', '-12345678901234567890.5'])(
    'like %s, behind white space too',
    (number) => {
      expect(JSON.stringify(parseExactJson(`{"a": [ ${number} ]}`))).toBe(`{"a":[${number}]}`);
      expect(isExactNumber(exactNumber(number))).toBe(true);
    },
  );

  test.each(['0', '12', '-5', '0.5', '1.05', '-0.25', '123456789012345', '0.000001'])(
    'and are numbers where they do, like %s',
    (number) => {
      expect(exactNumber(number)).toBe(Number(number));
      expect(wouldChange(`{"a":${number},"b": ${number}}`, null)).toBe(false);
    },
  );
});

describe('within some fields', () => {
  test('they keep their digits, and elsewhere they can be counted with', () => {
    const reply = `{"tokens":1.0,"list":[1e2,{"input":2.0}],"call":{"input":{"id":9007199254740993,"deep":[{"x":1.50}]}}}`;
    const parsed = parseExactJson(reply, toolInputs) as {
      tokens: number;
      list: [number, { input: number }];
      call: object;
    };
    expect(parsed.tokens + parsed.list[0] + parsed.list[1].input).toBe(103);
    expect(JSON.stringify(parsed.call)).toBe('{"input":{"id":9007199254740993,"deep":[{"x":1.50}]}}');
  });

  test.each(['{"tokens":1.0}', '{"text":"\\"input\\":{ 1.0 }"}', '{"input":{"a":1}}', '{"input":"1.0"}'])(
    'nothing is done for a text like %s',
    (text) => expect(wouldChange(text, toolInputs)).toBe(false),
  );
});

test('a text that is nested too deep is refused all the same', () => {
  const deep = `{"a":1.0,"b":${'['.repeat(MAX_TEXT_DEPTH)}${']'.repeat(MAX_TEXT_DEPTH)}}`.padEnd(2_000);
  expect(() => parseExactJson(deep)).toThrow(SyntaxError);
});
