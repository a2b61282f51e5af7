import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { indexedDocuments } from '../../../test/support/indexed-documents.ts';
import { openSqliteDocuments } from '../../platform/documents/sqlite-documents.ts';
import { ENTRIES } from '../ledger/entries.ts';
import { createLedger } from '../ledger/ledger.ts';
import { newOwner, OWNERS } from '../ledger/owners.ts';
import { SPENDING } from '../ledger/spending.ts';
import { documentId } from '../store/document-id.ts';
import type { Document, Documents, Fields } from '../store/documents.ts';
import { checkLedger } from './check-ledger.ts';
import { growLease } from './lease-grant.ts';
import { LEASES } from './lease-store.ts';

const NOW = Date.UTC(2026, 10, 30, 12);
const fx = { rate: 88_000_000n, asOf: '2026-11-20', source: 'test' };

let documents: Documents;

/** An owner of a thousand nanos, of which a lease has a hundred and a hold forty. */
beforeEach(async () => {
  documents = indexedDocuments(await openSqliteDocuments(':memory:', { now: () => NOW }));
  const data = newOwner('own_a', 'USD', new Date(NOW), {});
  await documents.commit([{ kind: 'set', collection: OWNERS, id: documentId('own_a'), data, expect: 'absent' }]);
  const topup = { ownerId: 'own_a', amount: 1_000n, currency: 'USD' as const, reference: 'first' };
  await createLedger({ documents, now: () => NOW }).topup(topup);
  await growLease(documents, {
    leaseId: 'lea_1',
    seq: null,
    instanceId: 'ins_1',
    ownerId: 'own_a',
    keyId: 'key_a',
    keyHash: 'hash_a',
    wants: [{ amount: 100n, slot: true }],
    free: 0n,
    freeSlots: 0,
    slotsAhead: 0,
    ahead: 0n,
    owed: 0n,
    fx,
    now: NOW,
    lengthMs: 60_000,
  });
  await damage(LEASES, 'lea_1', () => ({ held: 40n, running: 1n }));
});
afterEach(() => documents.close());

/** Writes what no transaction of ours would. */
async function damage(collection: string, name: string, change: (data: Document['data']) => Fields): Promise<void> {
  const found = await documents.get(collection, documentId(name));
  if (found === null) throw new Error(`${collection} has no ${name}`);
  const data = { ...found.data, ...change(found.data) };
  await documents.commit([{ kind: 'set', collection, id: found.id, data, expect: 'present' }]);
}
const messages = async () => (await checkLedger(documents)).faults.map(({ message }) => message);

describe('the check of the books', () => {
  test('finds nothing where they add up', async () => {
    expect(await checkLedger(documents)).toEqual({ owners: 1, faults: [] });
  });

  test('finds money that came or went without an entry', async () => {
    await damage(OWNERS, 'own_a', () => ({ available: 901n }));
    expect(await messages()).toEqual([expect.stringContaining('entries add up to 1000')]);
  });

  test('finds a balance below zero', async () => {
    await damage(OWNERS, 'own_a', () => ({ available: -1n }));
    expect(await messages()).toEqual([expect.stringContaining('is negative')]);
  });

  test('finds leases that have more or less than their owner gave them', async () => {
    await damage(OWNERS, 'own_a', () => ({ leased: 99n }));
    expect(await messages()).toEqual(['leased 99, but open leases were granted 100']);
  });

  test('finds a lease that holds or spent more than it was granted', async () => {
    await damage(LEASES, 'lea_1', () => ({ held: 101n }));
    expect(await messages()).toEqual(['lea_1 has spent or holds 1 more than it was granted']);
  });

  test('finds a lease that holds something for nobody, or owes its requests something', async () => {
    await damage(LEASES, 'lea_1', () => ({ running: 0n }));
    expect(await messages()).toEqual(['lea_1 holds 40, and none of its requests runs']);
    await damage(LEASES, 'lea_1', () => ({ held: -1n, running: 1n }));
    expect(await messages()).toEqual(['lea_1 holds -1 for 1 requests']);
    await damage(LEASES, 'lea_1', () => ({ held: 0n, running: 1n }));
    expect(await messages()).toEqual([]);
  });

  test.each([
    ['an owner', OWNERS, 'own_a', { available: 'much' }],
    ['a lease', LEASES, 'lea_1', { expires_at: null }],
    ['what a lease holds', LEASES, 'lea_1', { held: 1.5 }],
  ])('finds %s that cannot be read, and goes on with the other owners', async (_what, collection, name, fields) => {
    await damage(collection, name, () => fields);
    const data = newOwner('own_b', 'USD', new Date(NOW), {});
    const id = documentId('own_b');
    await documents.commit([
      { kind: 'set', collection: OWNERS, id, data: { ...data, available: -1n }, expect: 'absent' },
    ]);
    const { owners, faults } = await checkLedger(documents);
    expect(owners).toBe(2);
    expect(faults).toEqual([
      { ownerId: 'own_a', message: expect.stringContaining('cannot be read') },
      { ownerId: 'own_b', message: expect.stringContaining('is negative') },
    ]);
  });

  test('finds caps that do not count what is used', async () => {
    await damage(SPENDING, 'key_a', ({ spending }) => ({ spending: { ...(spending as Fields), total: 99n } }));
    expect(await messages()).toEqual(['caps of key_a count 99, but 100 is used']);
  });

  test('finds spending that no entry and no lease has', async () => {
    await damage(LEASES, 'lea_1', () => ({ spent: 10n }));
    expect(await messages()).toEqual([expect.stringContaining('available + unspent leases is 990')]);
  });

  describe('holds a lease against its charges', () => {
    /** Three charges of ten, as its lease has posted them; 'req_2' went two beyond its hold. */
    beforeEach(async () => {
      for (const [index, requestId] of ['req_1', 'req_2', 'req_3'].entries()) {
        const [amount, overage] = requestId === 'req_2' ? [8n, 2n] : [10n, 0n];
        const common = { owner_id: 'own_a', key_id: 'key_a', currency: 'USD', created_at: new Date(NOW) };
        const entry = { ...common, entry_id: requestId, kind: 'charge', amount, overage, lease_id: 'lea_1' };
        const data = { ...entry, nth: BigInt(index + 1) };
        const id = documentId(requestId);
        await documents.commit([{ kind: 'set', collection: ENTRIES, id, data, expect: 'absent' }]);
        if (overage === 0n) continue;
        const beyond = { ...common, entry_id: `${requestId}.overage`, kind: 'overage', amount: overage };
        await documents.commit([
          { kind: 'set', collection: ENTRIES, id: documentId(beyond.entry_id), data: beyond, expect: 'absent' },
        ]);
      }
      await damage(LEASES, 'lea_1', () => ({ spent: 30n, posts: 3n }));
    });

    test('and finds nothing where it counts them, also when it is closed', async () => {
      expect(await messages()).toEqual([]);
      await damage(LEASES, 'lea_1', () => ({ status: 'closed' }));
      expect((await messages()).join()).not.toContain('lea_1');
    });

    test('and finds what it spent on nothing', async () => {
      await damage(LEASES, 'lea_1', () => ({ status: 'closed', spent: 31n }));
      expect((await messages()).join()).toContain('lea_1 has spent 31, but its charges add up to 30');
    });

    test.each([
      ['twice', 'req_3', { nth: 2n }, '1 2 2'],
      ['with a hole', 'req_3', { nth: 4n }, '1 2 4'],
      ['by another lease', 'req_3', { lease_id: 'lea_2' }, '1 2'],
    ])('and finds a number that is given %s', async (_how, requestId, fields, numbers) => {
      await damage(ENTRIES, requestId, () => fields);
      expect((await messages()).join()).toContain(`lea_1 has posted 3 charges, but they are numbered ${numbers}`);
    });

    test('but not one of before, whose charges do not name it', async () => {
      for (const id of ['req_1', 'req_2', 'req_3']) {
        await damage(ENTRIES, id, () => ({ lease_id: undefined, nth: undefined }));
      }
      await damage(LEASES, 'lea_1', () => ({ held: undefined, running: undefined, posts: undefined }));
      expect(await messages()).toEqual([]);
    });
  });
});
