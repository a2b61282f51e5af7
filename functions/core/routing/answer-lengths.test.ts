import { expect, test } from '@jest/globals';
import { ORDINARY_TOKENS } from '../health/figures.ts';
import { createAnswerLengths } from './answer-lengths.ts';

test('of a model that has given no answer an ordinary one is expected', () => {
  expect(createAnswerLengths().expected('acme/a')).toBe(ORDINARY_TOKENS);
});

test('of others the mean of the last ones, each model by itself', () => {
  const answers = createAnswerLengths();
  for (const tokens of [10, 20, 30]) answers.note('acme/a', tokens);
  expect([answers.expected('acme/a'), answers.expected('acme/b')]).toEqual([20, ORDINARY_TOKENS]);
});

test('that follows what is asked for lately', () => {
  const answers = createAnswerLengths();
  for (let n = 0; n < 1_000; n++) answers.note('acme/a', 10);
  for (let n = 0; n < 60; n++) answers.note('acme/a', 1_000);
  expect(answers.expected('acme/a')).toBeGreaterThan(900);
});
