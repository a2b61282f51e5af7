import { expect, test } from '@jest/globals';
import { formatShare } from './format-share.ts';

test.each([
  [0, 0, '–'],
  [0, 7, '0 %'],
  [1, 1_000_000, '<0.1 %'],
  [1, 1_000, '0.1 %'],
  [1, 3, '33.3 %'],
  [3, 3, '100.0 %'],
] as const)('%d of %d is %s', (part, whole, shown) => expect(formatShare(part, whole)).toBe(shown));
