import { KEYS } from '../../functions/core/keys.ts';
import { checkLedger } from '../../functions/core/leases/check-ledger.ts';
import { type Ask, type Grown, growLease } from '../../functions/core/leases/lease-grant.ts';
import { LEASES, type StoredLease, toLease } from '../../functions/core/leases/lease-store.ts';
import { createLedger } from '../../functions/core/ledger/ledger.ts';
import { newOwner, OWNERS, toOwnerBalance } from '../../functions/core/ledger/owners.ts';
import { SPENDING, type Spending, toSpending } from '../../functions/core/ledger/spending.ts';
import { documentId } from '../../functions/core/store/document-id.ts';
import type { Documents, Fields } from '../../functions/core/store/documents.ts';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { indexedDocuments } from './indexed-documents.ts';

/** The books that a lease stands in: one owner with money, one key, on a store of their own. Amounts are nanos. */
export interface LeaseBooks {
  documents: Documents;
  /** Unix milliseconds, for the store and for what is written into it. */
  time: number;
  owner(): Promise<{ available: bigint; leased: bigint; spending: Spending }>;
  keySpending(): Promise<Spending>;
  lease(): Promise<StoredLease>;
  /** Opens the lease, or adds to it where `seq` is given. */
  grow(ask?: Partial<Ask>, documents?: Documents): Promise<Grown>;
  /** The same, where it is known to be granted. */
  open(ask?: Partial<Ask>): Promise<Grown & { lease: StoredLease }>;
  /** What the check of the books finds wrong. */
  faults(): Promise<string[]>;
}

export const OWNER_ID = 'own_a';
export const KEY_ID = 'key_a';
export const LEASE_ID = 'lea_a';
export const LENGTH_MS = 60_000;
export const testFx = { rate: 88_000_000n, asOf: '2026-11-20', source: 'test' };

/** The owner has `available`; `owner` and `key` are settings of theirs. It is noon of 2026-11-23, unless a test says otherwise. */
export async function openBooks(
  available: bigint,
  settings: { owner?: Fields; key?: Fields; time?: number } = {},
): Promise<LeaseBooks> {
  const { owner = {}, key = {}, time = Date.UTC(2026, 10, 23, 12) } = settings;
  const documents = indexedDocuments(await openSqliteDocuments(':memory:', { now: () => books.time }));
  const read = async (collection: string, id: string) => {
    const found = await documents.get(collection, documentId(id));
    if (found === null) throw new Error(`There is no ${collection}/${id}.`);
    return found;
  };
  const books: LeaseBooks = {
    documents,
    time,
    async owner() {
      const found = await read(OWNERS, OWNER_ID);
      const { available, leased } = toOwnerBalance(found);
      return { available, leased, spending: toSpending(found.data.spending) };
    },
    keySpending: async () => toSpending((await read(SPENDING, KEY_ID)).data.spending),
    lease: async () => toLease(await read(LEASES, LEASE_ID)),
    grow: (ask = {}, store = documents) =>
      growLease(store, {
        leaseId: LEASE_ID,
        seq: null,
        instanceId: 'ins_a',
        ownerId: OWNER_ID,
        keyId: KEY_ID,
        keyHash: 'hash_a',
        wants: [],
        free: 0n,
        freeSlots: 0,
        slotsAhead: 0,
        ahead: 0n,
        owed: 0n,
        fx: testFx,
        now: books.time,
        lengthMs: LENGTH_MS,
        ...ask,
      }),
    async open(ask = {}) {
      const grown = await books.grow(ask);
      if (grown.lease === null) throw new Error(`Nothing was granted: ${grown.refusal?.reason}.`);
      return { ...grown, lease: grown.lease };
    },
    faults: async () => (await checkLedger(documents)).faults.map(({ message }) => message),
  };
  const data = newOwner(OWNER_ID, 'USD', new Date(time), owner);
  const keyData = { key_id: KEY_ID, owner_id: OWNER_ID, status: 'active', ...key };
  await documents.commit([
    { kind: 'set', collection: OWNERS, id: documentId(OWNER_ID), data, expect: 'absent' },
    { kind: 'set', collection: KEYS, id: 'hash_a', data: keyData, expect: 'absent' },
  ]);
  const ledger = createLedger({ documents, now: () => books.time });
  await ledger.topup({ ownerId: OWNER_ID, amount: available, currency: 'USD', reference: 'first' });
  return books;
}
