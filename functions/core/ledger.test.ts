import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Fate, fates, flakyDocuments } from '../../test/support/flaky-documents.ts';
import { openSqliteDocuments } from '../platform/documents/sqlite-documents.ts';
import { checkLedger } from './check-ledger.ts';
import { documentId } from './document-id.ts';
import { type Documents, StoreUnavailable } from './documents.ts';
import { MeshError } from './errors.ts';
import {
  type Charge,
  createLedger,
  ENTRIES,
  HOLDS,
  HoldResolved,
  type Ledger,
  OUTBOX,
  OWNERS,
  splitCost,
  toOwnerBalance,
} from './ledger.ts';
import { type Currency, NANOS_PER_UNIT } from './money.ts';

const fx = { rate: 88_000_000n, asOf: '2026-11-20', source: 'test' };
const dollars = (amount: number) => BigInt(amount * 1e6) * 1_000_000n;
const charge = (cost: bigint): Charge => ({ cost, facts: { model: 'acme/large' } });
let now = Date.UTC(2026, 10, 23);

let documents: Documents;
let ledger: Ledger;

beforeEach(async () => {
  documents = await openSqliteDocuments(':memory:');
  ledger = createLedger({ documents, now: () => now++ });
});
afterEach(() => documents.close());

async function makeOwner(ownerId: string, currency: Currency = 'USD', balance = NANOS_PER_UNIT): Promise<void> {
  const data = { owner_id: ownerId, currency, available: 0n, leased: 0n };
  await documents.commit([{ kind: 'set', collection: OWNERS, id: documentId(ownerId), data, expect: 'absent' }]);
  if (balance > 0n) await ledger.topup({ ownerId, amount: balance, currency, reference: 'first' });
}

async function balance(ownerId: string) {
  const owner = await documents.get(OWNERS, documentId(ownerId));
  if (owner === null) throw new Error('no owner');
  const { available, leased } = toOwnerBalance(owner);
  return { available, leased };
}

const hold = (requestId: string, quote: bigint, ownerId = 'own_a') =>
  ledger.hold({ requestId, ownerId, keyId: 'key_a', quote, fx });

const faults = async () => (await checkLedger(documents)).faults;

describe('a hold', () => {
  test('is taken from what is available, and a post gives back what was not needed', async () => {
    await makeOwner('own_a');
    const held = await hold('req_1', dollars(0.4));
    expect(await balance('own_a')).toEqual({ available: 600_000_000n, leased: 400_000_000n });
    expect(await ledger.post(held, charge(dollars(0.1)))).toEqual({ amount: 100_000_000n, writtenOff: 0n });
    expect(await balance('own_a')).toEqual({ available: 900_000_000n, leased: 0n });
    expect(await faults()).toEqual([]);
  });

  test('is given back whole by a void, and leaves no entry', async () => {
    await makeOwner('own_a');
    await ledger.void(await hold('req_1', dollars(0.4)));
    expect(await balance('own_a')).toEqual({ available: NANOS_PER_UNIT, leased: 0n });
    expect(await documents.get(ENTRIES, documentId('req_1'))).toBeNull();
  });

  test('that the balance does not cover is refused, and says what is there', async () => {
    await makeOwner('own_a');
    await hold('req_1', dollars(0.8));
    const refused = await hold('req_2', dollars(0.3)).catch((error) => error);
    expect(refused).toBeInstanceOf(MeshError);
    expect(refused).toMatchObject({
      code: 'spend_limit_exceeded',
      details: { reason: 'balance', currency: 'USD', required: '0.3', available: '0.2', reserved: '0.8' },
    });
    expect(await balance('own_a')).toEqual({ available: 200_000_000n, leased: 800_000_000n });
  });

  test('of an owner that does not exist is refused', async () => {
    await expect(hold('req_1', 1n, 'own_nobody')).rejects.toThrow(MeshError);
  });

  test('in rupees is made and charged at the rate that it fixed', async () => {
    await makeOwner('own_a', 'INR', 100n * NANOS_PER_UNIT);
    const held = await hold('req_1', dollars(1));
    expect(held.amount).toBe(88n * NANOS_PER_UNIT);
    await ledger.post({ ...held }, charge(dollars(0.5)));
    expect(await balance('own_a')).toEqual({ available: 56n * NANOS_PER_UNIT, leased: 0n });
    const entry = await documents.get(ENTRIES, documentId('req_1'));
    expect(entry?.data).toMatchObject({ fx_rate: fx.rate, fx_as_of: fx.asOf, fx_source: 'test', kind: 'charge' });
  });
});

describe('a crowd', () => {
  test('of concurrent requests cannot overdraw a balance (new-api#6609, one-api#2440)', async () => {
    await makeOwner('own_a');
    const tries = await Promise.allSettled(Array.from({ length: 100 }, (_, n) => hold(`req_${n}`, dollars(0.03))));
    expect(tries.filter((each) => each.status === 'fulfilled')).toHaveLength(33);
    expect(await balance('own_a')).toEqual({ available: 10_000_000n, leased: 990_000_000n });
    expect(await faults()).toEqual([]);
  });
});

describe('a hold is resolved once', () => {
  test('a second post charges nothing and says the same', async () => {
    await makeOwner('own_a');
    const held = await hold('req_1', dollars(0.4));
    const first = await ledger.post(held, charge(dollars(0.1)));
    expect(await ledger.post(held, charge(dollars(0.3)))).toEqual(first);
    expect((await balance('own_a')).available).toBe(900_000_000n);
  });

  test('a void after a post is refused by name', async () => {
    await makeOwner('own_a');
    const held = await hold('req_1', dollars(0.4));
    await ledger.post(held, charge(dollars(0.1)));
    await expect(ledger.void(held)).rejects.toThrow(HoldResolved);
    expect((await balance('own_a')).available).toBe(900_000_000n);
  });

  test('a post after a void is refused by name', async () => {
    await makeOwner('own_a');
    const held = await hold('req_1', dollars(0.4));
    await ledger.void(held);
    await expect(ledger.post(held, charge(dollars(0.1)))).rejects.toThrow(HoldResolved);
    expect((await balance('own_a')).available).toBe(NANOS_PER_UNIT);
  });
});

test('a cost beyond its hold is paid from the balance, and what that cannot pay is ours', async () => {
  await makeOwner('own_a');
  const held = await hold('req_1', dollars(0.4));
  expect(await ledger.post(held, charge(dollars(1.5)))).toEqual({ amount: NANOS_PER_UNIT, writtenOff: 500_000_000n });
  expect(await balance('own_a')).toEqual({ available: 0n, leased: 0n });
  expect((await documents.get(ENTRIES, documentId('req_1.overage')))?.data).toMatchObject({
    kind: 'overage',
    amount: 600_000_000n,
  });
  expect(await faults()).toEqual([]);
});

test('who pays for a cost adds up to it, and nobody pays more than they have', () => {
  const amount = fc.bigInt({ min: 0n, max: 10n ** 18n });
  fc.assert(
    fc.property(amount, amount, amount, (cost, held, available) => {
      const { fromHold, overage, writtenOff } = splitCost(cost, held, available);
      expect(fromHold + overage + writtenOff).toBe(cost);
      expect(fromHold <= held && overage <= available && writtenOff >= 0n).toBe(true);
    }),
  );
});

describe('a topup', () => {
  test('adds its money once for each reference', async () => {
    await makeOwner('own_a', 'USD', 0n);
    const topup = { ownerId: 'own_a', amount: 5n, currency: 'USD' as const, reference: 'r1' };
    const first = await ledger.topup(topup);
    expect(await ledger.topup(topup)).toEqual(first);
    await ledger.topup({ ...topup, reference: 'r2' });
    expect((await balance('own_a')).available).toBe(10n);
  });

  test('with a reference that stands for another amount is a conflict', async () => {
    await makeOwner('own_a');
    const again = { ownerId: 'own_a', amount: 1n, currency: 'USD' as const, reference: 'first' };
    await expect(ledger.topup(again)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('in another currency than the owner’s is refused', async () => {
    await makeOwner('own_a');
    const wrong = { ownerId: 'own_a', amount: 1n, currency: 'INR' as const, reference: 'x' };
    await expect(ledger.topup(wrong)).rejects.toMatchObject({ code: 'invalid_request_error', param: 'currency' });
  });
});

test('the check finds books that do not add up', async () => {
  await makeOwner('own_a');
  await hold('req_1', dollars(0.4));
  expect(await faults()).toEqual([]);
  const stray = { request_id: 'req_2', owner_id: 'own_a', amount: 1n };
  await documents.commit([{ kind: 'set', collection: HOLDS, id: documentId('req_2'), data: stray, expect: 'absent' }]);
  expect(await faults()).toEqual([
    { ownerId: 'own_a', message: 'leased 400000000, but open holds add up to 400000001' },
  ]);
});

/** One request or topup, and what the store does to its transactions. Each is tried until it is done, as the router does. */
const step = fc.record({
  what: fc.constantFrom('topup', 'post', 'void', 'leave open'),
  owner: fc.constantFrom('own_a', 'own_b'),
  quote: fc.bigInt({ min: 0n, max: dollars(0.6) }),
  cost: fc.bigInt({ min: 0n, max: dollars(0.8) }),
  fates: fc.array(fc.constantFrom(...fates), { maxLength: 6 }),
});

test('whatever the store does to whatever is asked, no money appears, vanishes or is taken twice', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const store = await openSqliteDocuments(':memory:');
      let script: Fate[] = [];
      const shaky = createLedger({
        documents: flakyDocuments(store, () => script.shift() ?? 'done'),
        now: () => now++,
      });
      documents = store;
      ledger = createLedger({ documents: store, now: () => now++ });
      await makeOwner('own_a', 'USD');
      await makeOwner('own_b', 'INR', 50n * NANOS_PER_UNIT);
      let posts = 0;
      for (const [n, { what, owner, quote, cost, fates: given }] of steps.entries()) {
        script = [...given];
        const currency = owner === 'own_a' ? 'USD' : 'INR';
        if (what === 'topup') {
          await untilDone(() => shaky.topup({ ownerId: owner, amount: quote + 1n, currency, reference: `t${n}` }));
        } else {
          const held = await untilDone(() =>
            shaky.hold({ requestId: `req_${n}`, ownerId: owner, keyId: 'key_a', quote, fx }),
          );
          if (held !== null && what === 'post') {
            await untilDone(() => shaky.post(held, charge(cost)));
            posts++;
          }
          if (held !== null && what === 'void') await untilDone(() => shaky.void(held));
        }
        expect(await faults()).toEqual([]);
      }
      const charges = await store.query({ collection: ENTRIES, where: [{ field: 'kind', op: '==', value: 'charge' }] });
      expect(charges).toHaveLength(posts);
      expect(await store.query({ collection: OUTBOX })).toHaveLength(posts * 2);
      await store.close();
    }),
    { numRuns: 60 },
  );
}, 60_000);

/** Tries again whatever the store left open; null where there was not enough money. */
async function untilDone<T>(act: () => Promise<T>): Promise<T | null> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (error instanceof MeshError && error.code === 'spend_limit_exceeded') return null;
      if (!(error instanceof StoreUnavailable)) throw error;
    }
  }
}
