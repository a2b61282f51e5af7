import { expect, test } from '@jest/globals';
import { mutations } from '../mutations/mutations.ts';
import { placeMutations } from '../mutations/place-mutations.ts';

test('each mistake that tests have to see can be made: its text stands in one place of the code', () => {
  expect(placeMutations(mutations)).toHaveLength(mutations.length);
});

test('one that stands nowhere, or in two places, is named', () => {
  const mutation = { name: 'lost', area: 'money', to: '' } as const;
  expect(() => placeMutations([{ ...mutation, from: 'a text that is in no file of ours' }])).toThrow(
    '«lost» stands in 0',
  );
  expect(() => placeMutations([{ ...mutation, from: 'export ' }])).toThrow('«lost» stands in');
});
