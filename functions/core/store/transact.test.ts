import { describe, expect, test } from '@jest/globals';
import { type Documents, ExpectationFailed, StoreContended, StoreUnavailable } from './documents.ts';
import { FIRST_WAIT_MS, LAST_WAIT_MS, MAX_CONTENDED, MAX_SURPRISES, transact, transactPatiently } from './transact.ts';

/** A store whose transactions fail as they are told, in turn, and then succeed. */
function failing(...errors: Error[]) {
  let runs = 0;
  const documents = {
    async transaction() {
      const error = errors[runs++];
      if (error !== undefined) throw error;
      return 'done';
    },
  } as unknown as Documents;
  return { documents, runs: () => runs };
}

const waits: number[] = [];
const patience = { pause: async (milliseconds: number) => waits.push(milliseconds), random: () => 0.5 };
const often = (error: Error) => Array.from({ length: 1_000 }, () => error);

test('what surprises a transaction is read by its next run, a few times', async () => {
  const surprise = new ExpectationFailed('somebody else was first');
  expect(await transact(failing(surprise).documents, async () => {})).toBe('done');
  const never = failing(...often(surprise));
  await expect(transact(never.documents, async () => {})).rejects.toBe(surprise);
  expect(never.runs()).toBe(MAX_SURPRISES);
});

describe('a patient transaction', () => {
  test('runs again when others were in the way, after longer and longer', async () => {
    waits.length = 0;
    const contended = new StoreContended('again and again');
    const { documents, runs } = failing(contended, contended, contended);
    expect(await transactPatiently(documents, patience, async () => {})).toBe('done');
    expect([runs(), waits]).toEqual([4, [FIRST_WAIT_MS / 2, FIRST_WAIT_MS, 2 * FIRST_WAIT_MS]]);
  });

  test('gives up after so many runs, and says what the store said', async () => {
    waits.length = 0;
    const contended = new StoreContended('again and again');
    const { documents, runs } = failing(...often(contended));
    await expect(transactPatiently(documents, patience, async () => {})).rejects.toBe(contended);
    expect(runs()).toBe(MAX_CONTENDED);
    expect(Math.max(...waits)).toBeLessThanOrEqual(LAST_WAIT_MS);
  });

  test.each([
    ['a store that cannot be reached', new StoreUnavailable('away')],
    ['a store that is full', new StoreUnavailable('full', { trouble: 'full' })],
    ['a mistake', new TypeError('no integer')],
  ])('does not wait for %s', async (_name, error) => {
    const { documents, runs } = failing(error);
    await expect(transactPatiently(documents, patience, async () => {})).rejects.toBe(error);
    expect(runs()).toBe(1);
  });
});
