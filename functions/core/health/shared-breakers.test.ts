import { expect, test } from '@jest/globals';
import type { Documents } from '../store/documents.ts';
import { type Breaker, CLOSED, RESET } from './breaker.ts';
import { OwnProblem } from './own-problem.ts';
import { SharedBreakers } from './shared-breakers.ts';

const open: Breaker = { ...CLOSED, state: 'open', generation: 5, reason: 'failures_in_a_row', probeAt: 9_000 };

function make() {
  const generations: number[] = [];
  const shared = new SharedBreakers(
    {
      documents: {} as Documents,
      now: () => 0,
      monotonic: () => 0,
      pause: async () => {},
      random: () => 0.5,
      mintId: (prefix) => prefix,
      outcomes: () => ({ all: 0, failed: 0 }),
      onChange: () => {},
      onGeneration: (_id, { generation }) => generations.push(generation),
      onTrouble: () => {},
    },
    new OwnProblem(() => 0),
  );
  return { shared, entry: shared.entryOf('acme/large'), generations };
}

test('news of an older generation, which come late, change nothing', () => {
  const { shared, entry, generations } = make();
  shared.heed(entry, open);
  shared.heed(entry, { ...CLOSED, generation: 4 });
  expect(entry.shared).toEqual(open);
  expect(generations).toEqual([5]);
});

test('a cooldown that only this instance knows of outlives news that do not have it, but no reset', () => {
  const { shared, entry } = make();
  entry.shared = { ...CLOSED, cooldownUntil: 60_000, cooldownReason: 'rate_limited' };
  shared.heed(entry, open);
  expect(entry.shared).toEqual({ ...open, cooldownUntil: 60_000, cooldownReason: 'rate_limited' });
  shared.heed(entry, { ...CLOSED, generation: 6, reason: RESET });
  expect(entry.shared.cooldownUntil).toBe(0);
});
