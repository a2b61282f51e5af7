import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { type Fate, fates, flakyDocuments, isFlaw } from '../../../test/support/flaky-documents.ts';
import { openSqliteDocuments } from '../../platform/documents/sqlite-documents.ts';
import { checkLedger } from '../leases/check-ledger.ts';
import type { Currency } from '../money/money.ts';
import { documentId } from '../store/document-id.ts';
import { type Documents, StoreUnavailable } from '../store/documents.ts';
import { ENTRIES } from './entries.ts';
import { type Hold, postWrites, splitCost } from './holds.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { newOwner, OWNERS, toOwnerBalance } from './owners.ts';

let now: number;
let documents: Documents;
let ledger: Ledger;

beforeEach(async () => {
  now = Date.UTC(2026, 10, 23);
  documents = await openSqliteDocuments(':memory:');
  ledger = createLedger({ documents, now: () => now++ });
});
afterEach(() => documents.close());

async function makeOwner(ownerId: string, currency: Currency = 'USD', store = documents): Promise<void> {
  const data = newOwner(ownerId, currency, new Date(now), { name: 'Test' });
  await store.commit([{ kind: 'set', collection: OWNERS, id: documentId(ownerId), data, expect: 'absent' }]);
}

async function available(ownerId = 'own_a', store = documents): Promise<bigint> {
  const owner = await store.get(OWNERS, documentId(ownerId));
  if (owner === null) throw new Error('no owner');
  return toOwnerBalance(owner).available;
}

const topup = (amount: bigint, reference = 'first', ownerId = 'own_a') =>
  ledger.topup({ ownerId, amount, currency: 'USD', reference });
const faults = async (store = documents) => (await checkLedger(store)).faults;

/** A charge as a lease posts it, and its money out of the balance. */
async function charge(requestId: string, amount: bigint, ownerId = 'own_a'): Promise<void> {
  const fx = { rate: 88_000_000n, asOf: '2026-11-20', source: 'test' };
  const hold: Hold = { requestId, ownerId, keyId: 'key_a', currency: 'USD', amount, fx };
  const posting = { amount, overage: 0n, writtenOff: 0n };
  const writes = postWrites(hold, { cost: amount * 1000n, facts: {} }, posting, new Date(now));
  await documents.commit([writes.charge, ...writes.others]);
  const owner = await documents.get(OWNERS, documentId(ownerId));
  const data = { ...owner?.data, available: (await available(ownerId)) - amount };
  await documents.commit([{ kind: 'set', collection: OWNERS, id: documentId(ownerId), data, expect: 'any' }]);
}

describe('a topup', () => {
  test('of a thousand times the last one has to be confirmed; its repetition has not, nor what takes money', async () => {
    await makeOwner('own_a');
    await topup(5n);
    await topup(5_000n, 'second');
    await topup(5n, 'third');
    const slip = { ownerId: 'own_a', amount: 5_001n, currency: 'USD' as const, reference: 'slip', reason: 'a test' };
    for (const act of [ledger.topup, ledger.adjust]) {
      await expect(act(slip)).rejects.toMatchObject({ code: 'confirmation_required', param: 'amount' });
    }
    await topup(5_000n, 'second');
    expect(await available()).toBe(5_010n);
    await ledger.adjust({ ...slip, amount: -5_001n });
    await ledger.topup({ ...slip, confirmed: true });
    await ledger.adjust({ ...slip, reference: 'another', confirmed: true });
    expect(await available()).toBe(5_010n + 5_001n);
    expect(await faults()).toEqual([]);
  });

  test('adds its money once for each reference', async () => {
    await makeOwner('own_a');
    const first = await topup(5n);
    expect(await topup(5n)).toEqual(first);
    await topup(5n, 'second');
    expect(await available()).toBe(10n);
    expect(await faults()).toEqual([]);
  });

  test('with a reference that stands for another amount is a conflict', async () => {
    await makeOwner('own_a');
    await topup(5n);
    await expect(topup(6n)).rejects.toMatchObject({ code: 'conflict' });
    expect(await available()).toBe(5n);
  });

  test('in another currency than the owner’s is refused', async () => {
    await makeOwner('own_a', 'INR');
    await expect(topup(5n)).rejects.toMatchObject({ code: 'invalid_request_error', param: 'currency' });
  });

  test('of an owner that does not exist is refused', async () => {
    await expect(topup(5n)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('an adjustment', () => {
  const adjust = (amount: bigint, reference = 'fix') =>
    ledger.adjust({ ownerId: 'own_a', amount, currency: 'USD', reference, reason: 'a test' });

  test('adds or takes away, once for each reference', async () => {
    await makeOwner('own_a');
    await topup(10n);
    await adjust(-4n);
    expect(await adjust(-4n)).toMatchObject({ kind: 'adjustment', amount: -4n, reason: 'a test' });
    await adjust(1n, 'other');
    expect(await available()).toBe(7n);
    await expect(adjust(-5n)).rejects.toMatchObject({ code: 'conflict' });
    expect(await faults()).toEqual([]);
  });

  test('never takes more than is available', async () => {
    await makeOwner('own_a');
    await topup(10n);
    await expect(adjust(-11n)).rejects.toMatchObject({ code: 'conflict', details: { available: '0.00000001' } });
    expect(await available()).toBe(10n);
  });
});

describe('a refund', () => {
  const refund = (amount: bigint | null, reference: string, requestId = 'req_1', ownerId = 'own_a') =>
    ledger.refund({ ownerId, requestId, amount, reference, reason: 'a test' });

  beforeEach(async () => {
    await makeOwner('own_a');
    await makeOwner('own_b');
    await topup(100n);
    await charge('req_1', 60n);
  });

  test('gives back as much as is left of its charge, and no more, once for each reference', async () => {
    await refund(20n, 'a');
    await refund(20n, 'a');
    expect(await available()).toBe(60n);
    await expect(refund(41n, 'b')).rejects.toMatchObject({ code: 'conflict', details: { left: '0.00000004' } });
    expect(await refund(null, 'c')).toMatchObject({ kind: 'refund', amount: 40n });
    expect(await refund(null, 'c')).toMatchObject({ amount: 40n });
    await expect(refund(null, 'd')).rejects.toMatchObject({ code: 'conflict' });
    expect(await available()).toBe(100n);
  });

  test('leaves the money of the charge’s own entry as it was', async () => {
    await refund(20n, 'a');
    expect((await documents.get(ENTRIES, documentId('req_1')))?.data).toMatchObject({ amount: 60n, refunded: 20n });
  });

  test('of somebody else’s charge is like one of a charge that does not exist', async () => {
    const messages = await Promise.all(
      [refund(1n, 'a', 'req_1', 'own_b'), refund(1n, 'a', 'req_9')].map((each) =>
        each.catch((error: Error) => error.message),
      ),
    );
    expect(messages[0]).toBe(messages[1]);
    expect(await available()).toBe(40n);
  });

  test('under a reference that stands for another charge is a conflict', async () => {
    await charge('req_2', 10n);
    await refund(5n, 'a');
    await expect(refund(5n, 'a', 'req_2')).rejects.toMatchObject({ code: 'conflict' });
  });
});

test('who pays for a cost adds up to it, and nobody pays more than they have', () => {
  const amount = fc.bigInt({ min: 0n, max: 10n ** 18n });
  fc.assert(
    fc.property(amount, amount, amount, (cost, held, more) => {
      const { amount: paid, overage, writtenOff } = splitCost(cost, held, more);
      expect(paid + writtenOff).toBe(cost);
      expect(paid - overage <= held && overage <= more && writtenOff >= 0n).toBe(true);
    }),
  );
});

describe('the check', () => {
  test('finds books that do not add up', async () => {
    await makeOwner('own_a');
    await topup(10n);
    const owner = await documents.get(OWNERS, documentId('own_a'));
    const data = { ...owner?.data, available: 11n };
    await documents.commit([{ kind: 'set', collection: OWNERS, id: documentId('own_a'), data, expect: 'any' }]);
    expect((await faults())[0]?.message).toContain('entries add up to 10');
  });
});

test('whatever the store does to whatever is asked, no money appears, vanishes or is added twice', async () => {
  const act = fc.record({
    what: fc.constantFrom('topup', 'adjust'),
    amount: fc.bigInt({ min: 1n, max: 1_000n }),
    fates: fc.array(fc.constantFrom(...fates), { maxLength: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 15 }), async (acts) => {
      const store = await openSqliteDocuments(':memory:');
      let script: Fate[] = [];
      const shaky = createLedger({
        documents: flakyDocuments(store, () => script.shift() ?? 'done'),
        now: () => now++,
      });
      await makeOwner('own_a', 'USD', store);
      let sum = 0n;
      for (const [n, { what, amount, fates: given }] of acts.entries()) {
        script = [...given];
        const common = { ownerId: 'own_a', currency: 'USD' as const, reference: `r${n}` };
        const taken = what === 'adjust' && amount <= sum ? -amount : amount;
        if (what === 'topup') await untilDone(() => shaky.topup({ ...common, amount }));
        else await untilDone(() => shaky.adjust({ ...common, amount: taken }));
        sum += what === 'topup' ? amount : taken;
        expect(await available('own_a', store)).toBe(sum);
        expect(await faults(store)).toEqual([]);
      }
      await store.close();
    }),
    { numRuns: 40 },
  );
}, 60_000);

/** Tries again whatever the store left open. */
async function untilDone<T>(act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof StoreUnavailable || isFlaw(error))) throw error;
    }
  }
}
