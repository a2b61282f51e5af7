import { describe, expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { JsonParser } from './json-parser.ts';

/** Parses with as many interruptions as there can be. */
function parse(text: string): unknown {
  const parser = new JsonParser(Buffer.from(text));
  while (!parser.run());
  return parser.value;
}

const outcome = (parseIt: (text: string) => unknown, text: string) => {
  try {
    return { value: parseIt(text) };
  } catch {
    return 'refused';
  }
};

/** Without bare control characters, which a scan refuses before. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is meant.
const isScanned = (text: string) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(text);

test('the numbers of schemas keep their digits, and all others are numbers', () => {
  const text =
    '{"temperature":1.0,"tools":[{"function":{"parameters":{"a":{"minimum":-9007199254740993,"maximum":[1.50]}}}}]}';
  const parsed = parse(text) as { temperature: number; tools: unknown };
  expect(parsed.temperature).toBe(1);
  expect(JSON.stringify(parsed)).toBe(text.replace('1.0,', '1,'));
});

describe('a JSON parser that can be interrupted', () => {
  test('gives what JSON.parse gives for any JSON', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.boolean(), (json, spaced) => {
        const text = spaced ? JSON.stringify(JSON.parse(json), null, 2) : json;
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  test('refuses what JSON.parse refuses', () => {
    const piece = fc.constantFrom(
      ...[
        '{',
        '}',
        '[',
        ']',
        ':',
        ',',
        '"',
        '"a"',
        '"b"',
        '\\',
        '\\u00e9',
        '1',
        '-',
        '0',
        '.5',
        'e3',
        'true',
        'nul',
        ' ',
      ],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        expect(outcome(parse, text)).toEqual(outcome(JSON.parse, text));
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    '',
    ' ',
    '{"a":1,}',
    '[1,]',
    '[,1]',
    '{"a" 1}',
    '{a:1}',
    '[1}',
    '{"a":1]',
    '1 2',
    '01',
    '1.',
    '.1',
    '+1',
    '1e',
    'tru',
    'nulll',
    '"\\x"',
    '"\\u12"',
    '"abc',
    '"\\"',
    '{"a":1,"a":2}',
    '{"__proto__":{"x":1}}',
    '[-0,1e400,123456789012345678901234567890]',
    '"\\ud83d\\ude00 \\ud83d"',
    '["\\\\","\\\\\\"",""]',
  ])('takes %j as JSON.parse does', (text) => {
    expect(isScanned(text)).toBe(true);
    expect(outcome(parse, text)).toEqual(outcome(JSON.parse, text));
  });

  test('a field named __proto__ is a field like any other', () => {
    const parsed = parse('{"__proto__":{"polluted":true}}') as Record<string, unknown>;
    expect(Object.keys(parsed)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test.each([
    ['escapes', '\\u00e9\\n\\\\'],
    ['quotes', '\\"x'],
    ['backslashes', '\\\\'],
    ['pairs', '\\ud83d\\ude00'],
    ['characters of four bytes beside escapes', '😀\\t'],
    ['characters of three bytes beside escapes', '€\\t€'],
    ['characters of three bytes and no escape', '€€'],
    ['characters of four bytes and no escape', '😀'],
  ])('a string of megabytes of %s is put together from its pieces', (_, unit) => {
    for (const shift of ['', 'x', 'xy', 'xyz', 'xyzw']) {
      const text = `["${shift}${unit.repeat(120_000)}"]`;
      expect(parse(text)).toEqual(JSON.parse(text));
    }
  });

  test('stops within a string of nothing but escapes too', () => {
    const parser = new JsonParser(Buffer.from(`"${'\\"'.repeat(1_000_000)}`));
    // That it has no end is not looked for at once.
    expect(parser.run()).toBe(false);
    const goOn = () => {
      while (!parser.run());
    };
    expect(goOn).toThrow(SyntaxError);
  });

  test('stops within a long string that has no escapes', () => {
    const parser = new JsonParser(Buffer.from(`"${'слово '.repeat(100_000)}"`));
    expect(parser.run()).toBe(false);
    while (!parser.run());
    expect(parser.value).toBe('слово '.repeat(100_000));
  });

  test('stops now and then, and goes on from there', () => {
    const parser = new JsonParser(Buffer.from(JSON.stringify(Array.from({ length: 10_000 }, (_, at) => at))));
    expect(parser.run()).toBe(false);
    expect(parser.value).toBeUndefined();
    while (!parser.run());
    expect(parser.value).toHaveLength(10_000);
  });
});
