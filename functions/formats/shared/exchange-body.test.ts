import { describe, expect, test } from '@jest/globals';
import { applyBodyRules, withoutHalves } from './exchange-body.ts';

const sent = (body: Record<string, unknown>) => JSON.parse(withoutHalves(JSON.stringify(body))) as unknown;

describe('half of a surrogate pair', () => {
  test.each([
    ['\ud83d', '\ufffd'],
    ['a\udc00b', 'a\ufffdb'],
    ['\ud83d\ud83d\ude00', '\ufffd😀'],
    ['😀', '😀'],
  ])('%j leaves as %j', (text, readable) => expect(sent({ text })).toEqual({ text: readable }));

  test('is replaced in keys and in depth', () =>
    expect(sent({ a: [{ 'k\udfff': ['x\ud800'] }] })).toEqual({ a: [{ 'k\ufffd': ['x\ufffd'] }] }));

  test.each(['\\ud83d', '\\\\ud83d', '\\"\\ud83d', '{"a":"\\ud83d"}'])('as a text of its escape stays: %s', (text) =>
    expect(sent({ text })).toEqual({ text }),
  );
});

test('rules drop, rename, then set', () =>
  expect(applyBodyRules({ a: 1, b: 2, c: 3 }, { drop: ['a'], rename: { b: 'd' }, set: { c: 4 } })).toEqual({
    c: 4,
    d: 2,
  }));
