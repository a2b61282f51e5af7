import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openSqliteDocuments } from '../../platform/documents/sqlite-documents.ts';
import { documentId } from '../store/document-id.ts';
import { type Documents, ExpectationFailed } from '../store/documents.ts';
import { ENTRIES } from './entries.ts';
import { costInNanos, type Hold, postWrites, splitCost } from './holds.ts';

const hold: Hold = {
  requestId: 'req_1',
  ownerId: 'own_a',
  keyId: 'key_a',
  currency: 'USD',
  amount: 40n,
  fx: { rate: 88_000_000n, asOf: '2026-11-20', source: 'test' },
};
const at = new Date(Date.UTC(2026, 10, 23));

let documents: Documents;
beforeEach(async () => {
  documents = await openSqliteDocuments(':memory:');
});
afterEach(() => documents.close());

/** What is written for a request that cost `cost`, where `more` than its hold could be had. */
function post(cost: bigint, more: bigint) {
  const { charge, others } = postWrites(hold, { cost: cost * 1_000n, facts: {} }, splitCost(cost, 40n, more), at);
  return [charge, ...others];
}

const entries = async () =>
  (await documents.query({ collection: ENTRIES })).map(({ data }) => [data.kind, data.amount]).sort();

describe('a post', () => {
  test('charges what came from the hold, and what went beyond it once more in no other line', async () => {
    await documents.commit(post(70n, 20n));
    expect(await entries()).toEqual([
      ['charge', 40n],
      ['overage', 20n],
    ]);
    const charge = await documents.get(ENTRIES, documentId('req_1'));
    expect(charge?.data).toMatchObject({ overage: 20n, written_off: 10n, fx_rate: hold.fx.rate, usd: 60n });
  });

  test('a second time writes nothing: each of its lines is made once', async () => {
    // Without the notes for the consumers, which are made once too.
    const [charge, overage] = post(50n, 10n).filter(({ collection }) => collection === ENTRIES);
    if (charge === undefined || overage === undefined) throw new Error('no entries');
    await documents.commit([charge, overage]);
    await expect(documents.commit([charge])).rejects.toThrow(ExpectationFailed);
    await expect(documents.commit([overage])).rejects.toThrow(ExpectationFailed);
    expect(await entries()).toEqual([
      ['charge', 40n],
      ['overage', 10n],
    ]);
  });
});

test.each([
  // 70 are paid of 70 asked: both from the exact cost, which is 70_000 pico-dollars.
  ['USD', 30n, { amount: 40n, usd: 70n, inr: 6_160n }],
  // 60 of 70: what was not paid is in neither.
  ['USD', 20n, { amount: 40n, usd: 60n, inr: 5_280n }],
  // 6,160 rupees' nanos are asked: 40 held, 6,120 more.
  ['INR', 6_120n, { amount: 40n, usd: 70n, inr: 6_160n }],
  ['INR', 840n, { amount: 40n, usd: 10n, inr: 880n }],
] as const)(
  'an entry says in %s what was paid in both currencies, %s of it beyond the hold',
  (currency, more, said) => {
    const held = { ...hold, currency };
    const charge = { cost: 70_000n, facts: {} };
    const posting = splitCost(costInNanos(charge, held), 40n, more);
    expect(postWrites(held, charge, posting, at).charge.data).toMatchObject(said);
  },
);

test('a cost is rounded up, once, in the owner’s currency', () => {
  const charge = { cost: 1_001n, facts: {} };
  expect(costInNanos(charge, hold)).toBe(2n);
  expect(costInNanos(charge, { ...hold, currency: 'INR' })).toBe(89n);
});
