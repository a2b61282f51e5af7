import { expect, test } from '@jest/globals';
import { perMillion } from './format-price.ts';

test.each([
  ['0', '$0.00'],
  ['0.00000125', '$1.25'],
  ['0.0000000001', '$0.0001'],
  ['0.000000000001', '$0.000001'],
  ['0.0015', '$1,500.00'],
  ['2', '$2,000,000.00'],
  ['-1', '-1'],
] as const)('%s a token is %s a million, and never nothing', (token, million) => {
  expect(perMillion(token)).toBe(million);
});
