import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Fate, flakyDocuments } from '../../../test/support/flaky-documents.ts';
import { openSqliteDocuments } from '../../platform/documents/sqlite-documents.ts';
import { type Documents, StoreUnavailable } from '../store/documents.ts';
import { type Doubt, type Doubts, openDoubts } from './doubts.ts';

const doubt: Doubt = { endpoint: 'acme/m@eu', since: 1_000, requestId: 'req_1' };
const mark = { kind: 'set', collection: 'told', id: 'one', data: { n: 1n }, expect: 'absent' } as const;

let documents: Documents;
let fate: Fate;
let one: Doubts;
let other: Doubts;
beforeEach(async () => {
  documents = await openSqliteDocuments(':memory:');
  fate = 'done';
  one = openDoubts(
    flakyDocuments(documents, () => fate),
    () => {},
  );
  other = openDoubts(documents, () => {});
});
afterEach(async () => {
  one.close();
  other.close();
  await documents.close();
});

/** Resolves when the other instance has heard. */
async function heard(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 500) throw new Error('it was not heard');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('one instance’s doubt is everybody’s, until an operator clears it anywhere', async () => {
  expect(await one.add(doubt, [mark])).toBe(true);
  await heard(() => other.has('acme/m@eu'));
  expect(other.list()).toEqual([doubt]);
  expect(await documents.get('told', 'one')).not.toBeNull();
  await other.clear('acme/m@eu', []);
  await heard(() => !one.has('acme/m@eu'));
  expect([one.list(), other.list()]).toEqual([[], []]);
});

test('what is doubted already is not told again', async () => {
  expect(await one.add(doubt, [mark])).toBe(true);
  expect(await one.add({ ...doubt, requestId: 'req_2' }, [mark])).toBe(false);
  // One that has not heard yet.
  const late = openDoubts(
    { ...documents, listen: () => () => {}, commit: (writes) => documents.commit(writes) },
    () => {},
  );
  expect(await late.add({ ...doubt, requestId: 'req_3' }, [mark])).toBe(false);
  expect(late.has('acme/m@eu')).toBe(true);
});

test('what could not be written is tried again with the next report', async () => {
  fate = 'refused';
  await expect(one.add(doubt, [mark])).rejects.toThrow(StoreUnavailable);
  expect(one.has('acme/m@eu')).toBe(false);
  fate = 'done';
  expect(await one.add(doubt, [mark])).toBe(true);
});
