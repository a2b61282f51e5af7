import { expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { withMore, withOwnFields } from './own-fields.ts';

const ours = { responseId: 'req_1', modelVersion: 'acme/m' };

test.each([
  ['its own', '{"responseId":"a","modelVersion":"b"}', '{"responseId":"req_1","modelVersion":"acme/m"}'],
  ['spaces and digits stay', '{ "n" : 1.50,\n "responseId" : "a" }', '{ "n" : 1.50,\n "responseId" : "req_1" }'],
  ['what lies deeper is others’', '{"a":{"responseId":"x"},"b":["responseId",{"responseId":"y"}]}', null],
  ['a text that looks like one', '{"text":"\\"responseId\\":\\"a\\"","t":"responseId","u":":"}', null],
  ['a text that ends in slashes', '{"a":"\\\\","responseId":"b\\\\"}', '{"a":"\\\\","responseId":"req_1"}'],
  ['what is no text', '{"responseId":null,"modelVersion":7}', null],
  ['a name that every object has', '{"__proto__":"a","constructor":"b","toString":"c"}', null],
  ['nothing', '{}', null],
])('of a response is written anew: %s', (_name, json, written) => {
  expect(withOwnFields(json, ours)).toBe(written ?? json);
});

test('nothing else of any object changes', () =>
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(0, 1), (object, indent) => {
      const given = { ...object, responseId: 'theirs' };
      const json = JSON.stringify(given, null, indent);
      expect(JSON.parse(withOwnFields(json, ours))).toEqual(
        JSON.parse(
          JSON.stringify({ ...given, responseId: 'req_1', ...('modelVersion' in object ? changed(object) : {}) }),
        ),
      );
      expect(JSON.parse(withMore(json, { cost: '1' }))).toEqual(JSON.parse(JSON.stringify({ ...given, cost: '1' })));
    }),
  ));

const changed = ({ modelVersion }: Record<string, unknown>) => ({
  modelVersion: typeof modelVersion === 'string' ? 'acme/m' : modelVersion,
});

test('more is added to an object that has nothing', () => expect(withMore('{ }\n', { a: 1 })).toBe('{"a":1}\n'));
