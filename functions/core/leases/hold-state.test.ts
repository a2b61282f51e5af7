import { expect, test } from '@jest/globals';
import { HoldResolved } from '../ledger/holds.ts';
import { type HoldState, resolveHold } from './hold-state.ts';

test('a hold is resolved once: whoever comes second is told, and each hold by itself', () => {
  const [one, two] = ['req_1', 'req_2'].map((requestId) => ({ requestId, resolved: false }) as HoldState);
  if (one === undefined || two === undefined) throw new Error('no holds');
  expect(resolveHold(one)).toBe(one);
  expect(() => resolveHold(one)).toThrow(HoldResolved);
  expect(() => resolveHold(one)).toThrow('req_1');
  expect(resolveHold(two)).toBe(two);
});
