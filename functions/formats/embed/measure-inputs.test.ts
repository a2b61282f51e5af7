import { expect, test } from '@jest/globals';
import { atOnce } from '../../../test/support/at-once.ts';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { boundInputTokens, heldInputTokens } from '../../core/routing/quote.ts';
import { measureInputs } from './measure-inputs.ts';

const measured = (given: readonly (string | readonly number[])[], text: string | null = 'decoded text') =>
  atOnce(measureInputs(given, () => text));

test('texts are counted, all of them and the longest', () => {
  const { inputs, measure } = measured(['one two three four', 'five', 'six seven']);
  expect(inputs.map(({ text, ids }) => [text, ids])).toEqual([
    ['one two three four', null],
    ['five', null],
    ['six seven', null],
  ]);
  expect(measure).toMatchObject({ estimatedTokens: 7, textBytes: 31, pieces: 3, apart: { count: 3, longest: 4 } });
});

test('ids are counted as they are, and held by the bytes of their text, since they may be cut in any way', () => {
  const { inputs, measure } = measured([[1, 2, 3], 'four']);
  expect(inputs[0]).toMatchObject({ text: 'decoded text', ids: [1, 2, 3], mostTokens: 12 });
  expect(measure).toMatchObject({ estimatedTokens: 4, textBytes: 16, apart: { count: 2, longest: 3 } });
  expect(measure.characters).toBeUndefined();
});

test('ids that have no text are as many bytes as there are of them', () => {
  const { inputs, measure } = measured([[1, 2, 3]], null);
  expect(inputs[0]).toEqual({ text: null, ids: [1, 2, 3], mostTokens: 3 });
  expect(measure.textBytes).toBe(3);
});

test('each input has a context of its own: many long ones are held for more than one context', () => {
  const endpoint = makeEndpoint({ contextLength: 1_000 });
  const long = 'word '.repeat(900);
  const one = heldInputTokens(measured([long]).measure, endpoint);
  const ten = heldInputTokens(measured(Array(10).fill(long)).measure, endpoint);
  expect(one).toBe(1_000);
  expect(ten).toBeGreaterThan(9_000);
  expect(boundInputTokens(measured(Array(10).fill('x'.repeat(9_000))).measure, endpoint)).toBe(10_000);
});

test('a long text is measured in turns, and as in one go', () => {
  const text = 'ab cd '.repeat(50_000);
  const work = measureInputs([text], () => null);
  let turns = 0;
  while (!work.next().done) turns++;
  expect(turns).toBeGreaterThan(3);
  expect(measured([text]).measure.textBytes).toBe(300_000);
});
