import { expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { CustomInput, fromInputArguments, toFunctionOfText, toInputArguments } from './custom-tools.ts';

test('a custom tool is a function of one text', () => {
  const { name, description, parameters } = toFunctionOfText({ name: 'code', description: 'Runs code.' });
  expect({ name, description }).toEqual({ name: 'code', description: 'Runs code.' });
  expect(parameters).toMatchObject({
    type: 'object',
    properties: { input: { type: 'string' } },
    required: ['input'],
    additionalProperties: false,
  });
});

test.each([
  ['in the form of chat', { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "a"' } }],
  ['in the form of the Responses API', { type: 'grammar', syntax: 'lark', definition: 'start: "a"' }],
])('its grammar is told in words, %s', (_, format) => {
  const { description } = toFunctionOfText({ name: 'patch', description: 'Patches.', format });
  expect(description).toBe('Patches.\n\n`input` has to match this grammar (lark):\nstart: "a"');
});

test('a tool that says nothing of itself has no description', () =>
  expect(toFunctionOfText({ name: 'code', format: { type: 'text' } })).not.toHaveProperty('description'));

test.each([
  ['its object', '{"input":"a\\nb"}', 'a\nb'],
  ['another name for it', ' {"code": "x"} ', 'x'],
  ['a text alone', '"x"', 'x'],
  ['nothing', '{}', ''],
  ['no JSON', 'print(1)', 'print(1)'],
  ['an object of more', '{"a":"b","c":"d"}', '{"a":"b","c":"d"}'],
  ['an input that is no text', '{"input":{"a":1}}', '{"input":{"a":1}}'],
])('the input is read from %s', (_, text, input) => expect(fromInputArguments(text)).toBe(input));

function streamed(pieces: readonly string[]): string[] {
  const input = new CustomInput();
  return [...pieces.map((piece) => input.add(piece)), input.finish()];
}

test('a stream of arguments gives the input as it comes', () =>
  expect(streamed(['{"inp', 'ut": "ab', 'c\\', 'n', 'd"', '}'])).toEqual(['', 'ab', 'c', '\n', 'd', '', '']));

test('what is no such object comes whole, at the end', () =>
  expect(streamed(['{"co', 'de":"x"}'])).toEqual(['', '', 'x']));

test('what its limit cut off is what came', () => expect(streamed(['{"input":"abc\\u00'])).toEqual(['abc', '']));

test('half of a character waits for the other', () =>
  expect(streamed(['{"input":"\\ud83d', '\\ude00 \ud83d', '\ude00"}'])).toEqual(['', '😀 ', '😀', '']));

test('any input, cut anywhere, is the same input', () => {
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(text, fc.array(fc.nat()), (input, cuts) => {
      const whole = toInputArguments(input);
      const places = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length];
      const pieces = places.slice(1).map((place, at) => whole.slice(places[at], place));
      expect(streamed(pieces).join('')).toBe(input);
      expect(fromInputArguments(whole)).toBe(input);
    }),
  );
});
