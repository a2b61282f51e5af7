import { expect, test } from '@jest/globals';
import { qualityFor } from './quality.ts';

const quality = { general: 60, code: 90, reasoning: 30, multilingual: 0 };
const nothing = { code: 0, reasoning: 0, multilingual: 0 };

test.each([
  ['in no field counts in general', nothing, 60],
  ['all about code counts half by code', { ...nothing, code: 1 }, 75],
  ['half about code counts a third by it', { ...nothing, code: 0.5 }, 70],
  ['about two fields counts a third by each', { ...nothing, code: 1, reasoning: 1 }, 60],
])('a request %s', (_name, shares, expected) => {
  expect(qualityFor(shares, quality)).toBeCloseTo(expected, 9);
});
