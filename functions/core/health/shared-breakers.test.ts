import { expect, test } from '@jest/globals';
import { openSqliteDocuments } from '../../platform/documents/sqlite-documents.ts';
import { documentId } from '../store/document-id.ts';
import type { Documents } from '../store/documents.ts';
import { BREAKERS, type Breaker, CLOSED, RESET, resetting, toBreaker } from './breaker.ts';
import { OwnProblem } from './own-problem.ts';
import { SharedBreakers } from './shared-breakers.ts';

const open: Breaker = { ...CLOSED, state: 'open', generation: 5, reason: 'failures_in_a_row', probeAt: 9_000 };

function make(documents = {} as Documents) {
  const generations: number[] = [];
  const shared = new SharedBreakers(
    {
      documents,
      now: () => 0,
      monotonic: () => 0,
      pause: async () => {},
      random: () => 0.5,
      mintId: (prefix) => prefix,
      outcomes: () => ({ all: 0, failed: 0 }),
      elsewhere: () => ({ all: 0, failed: 0 }),
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

test('a document that was damaged is replaced by what this instance knows, one step further', async () => {
  const documents = await openSqliteDocuments(':memory:');
  const { shared, entry } = make(documents);
  shared.heed(entry, open);
  const id = documentId('acme/large');
  const data = { endpoint: 'acme/large', generation: 'many' };
  await documents.commit([{ kind: 'set', collection: BREAKERS, id, data, expect: 'any' }]);
  await shared.change(entry, resetting(1));
  const found = await documents.get(BREAKERS, id);
  expect(found === null ? null : toBreaker(found)).toMatchObject({ state: 'closed', generation: 6, reason: RESET });
  await documents.close();
});
