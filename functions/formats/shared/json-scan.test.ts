import { describe, expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { JsonScan, MAX_NUMBER_LENGTH } from './json-scan.ts';

/** `cut`: how many bytes come at once; 'text': none, but the text itself. */
const scan = (text: string, { values = 1_000, depth = 100, cut = 0 as number | 'text' } = {}) => {
  const jsonScan = new JsonScan({ values, depth });
  if (cut === 'text') {
    jsonScan.pushText(text);
    return jsonScan.end();
  }
  const bytes = Buffer.from(text);
  const step = cut === 0 ? bytes.length || 1 : cut;
  for (let at = 0; at < bytes.length; at += step) jsonScan.push(bytes.subarray(at, at + step));
  return jsonScan.end();
};

/** As the scan counts: names of fields are no values. */
function count(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, each) => sum + count(each), 1);
}
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((most: number, each) => Math.max(most, 1 + depthOf(each)), 1);
}

describe('a scan of JSON', () => {
  test('counts values and depth exactly, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 5 }),
        fc.constantFrom(1, 2, 3, 5, 7, 'text' as const),
        fc.boolean(),
        (value, cut, spaced) => {
          const text = JSON.stringify(value, null, spaced ? 1 : 0);
          const values = count(JSON.parse(text));
          const depth = depthOf(JSON.parse(text));
          expect(scan(text, { values, depth, cut })).toBeNull();
          expect(scan(text, { values: values - 1, depth, cut })).toBe('values');
          if (depth > 0) expect(scan(text, { values, depth: depth - 1, cut })).toBe('depth');
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ['', 'malformed'],
    ['   ', 'malformed'],
    ['[1', 'malformed'],
    ['1]', 'malformed'],
    ['"abc', 'malformed'],
    ['"abc\\', 'malformed'],
    ['"a\nb"', 'malformed'],
    [':::', 'malformed'],
    ['1'.repeat(MAX_NUMBER_LENGTH + 1), 'malformed'],
    ['1'.repeat(MAX_NUMBER_LENGTH), null],
    ['"[[[{{{,,,\\"[[["', null],
    ['{"a":"b","c":{"d":null}}', null],
  ])('says of %.30j: %j', (text, trouble) => {
    expect(scan(text)).toBe(trouble);
    expect(scan(text, { cut: 1 })).toBe(trouble);
  });

  test('says so at the first value too many, and not at the end', () => {
    const jsonScan = new JsonScan({ values: 3, depth: 100 });
    expect(jsonScan.push(Buffer.from('[{},{}'))).toBeNull();
    expect(jsonScan.push(Buffer.from(',{'))).toBe('values');
  });
});
