import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { LEASES } from '../../../core/leases/lease-store.ts';
import { openLeasesOf } from '../../../core/leases/open-leases.ts';
import { newOwner, OWNERS } from '../../../core/ledger/owners.ts';
import { documentId } from '../../../core/store/document-id.ts';
import { type Document, type Documents, type Fields, MAX_QUERY_DOCUMENTS } from '../../../core/store/documents.ts';
import { openSqliteDocuments } from '../../../platform/documents/sqlite-documents.ts';
import { standingOf, standingsOf } from './standing.ts';

let documents: Documents;
let queries: number;
beforeEach(async () => {
  const inner = await openSqliteDocuments(':memory:');
  queries = 0;
  documents = Object.assign(Object.create(inner), {
    query: (query: never) => {
      queries++;
      return inner.query(query);
    },
    get: inner.get.bind(inner),
    commit: inner.commit.bind(inner),
    close: inner.close.bind(inner),
  });
});
afterEach(() => documents.close());

/** An owner with `leases` open leases of 10, of each 1 spent and 2 held, and with others that are closed. */
async function addOwner(ownerId: string, leases: number, closed = 0): Promise<void> {
  const now = new Date(0);
  const data = { ...newOwner(ownerId, 'USD', now, {}), available: 100n, leased: BigInt(10 * leases) };
  await documents.commit([{ kind: 'set', collection: OWNERS, id: documentId(ownerId), data, expect: 'absent' }]);
  const writes = Array.from({ length: leases + closed }, (_, n) => {
    const leaseId = `lea_${ownerId}_${n}`;
    const common = { owner_id: ownerId, key_id: 'key_1', currency: 'USD', lease_id: leaseId };
    const status = n < leases ? 'open' : 'closed';
    const lease = {
      ...common,
      status,
      day: '2026-11-28',
      granted: 10n,
      spent: 1n,
      held: 2n,
      running: 1n,
      posts: 1n,
      slots: 0n,
      seq: 1n,
      expires_at: now,
    };
    return { kind: 'set', collection: LEASES, id: documentId(leaseId), data: lease, expect: 'absent' } as const;
  });
  await documents.commit(writes);
}

const owners = (): Promise<Document[]> =>
  documents.query({ collection: OWNERS, orderBy: { field: 'owner_id', direction: 'asc' } });
const of = (ownerId: string, leases: number) => ({
  ownerId,
  currency: 'USD',
  balance: 100n + 9n * BigInt(leases),
  reserved: 2n * BigInt(leases),
  available: 100n + 7n * BigInt(leases),
});

test('more leases than one answer holds are all counted', async () => {
  const leases = MAX_QUERY_DOCUMENTS + 100;
  await addOwner('own_a', leases, 50);
  expect(await standingOf({ documents }, 'own_a')).toEqual(of('own_a', leases));
  expect(await openLeasesOf(documents, 'own_a')).toHaveLength(leases);
});

test('owners of a page are the same as one by one, also where one of them has more than one answer holds', async () => {
  const leases = [3, MAX_QUERY_DOCUMENTS + 100, 0, 1, 700];
  for (const [n, each] of leases.entries()) await addOwner(`own_${n}`, each, 2);
  const page = await owners();
  const standings = page.map(await standingsOf(documents, page));
  expect(standings).toEqual(leases.map((each, n) => of(`own_${n}`, each)));
  for (const [n, standing] of standings.entries())
    expect(standing).toEqual(await standingOf({ documents }, `own_${n}`));
});

test('a page of owners takes one query more, and none where nothing is leased', async () => {
  for (let n = 0; n < 20; n++) await addOwner(`own_${n}`, 0, 1);
  let page = await owners();
  queries = 0;
  await standingsOf(documents, page);
  expect(queries).toBe(0);
  for (let n = 20; n < 40; n++) await addOwner(`own_${n}`, 2);
  page = await owners();
  queries = 0;
  await standingsOf(documents, page);
  expect(queries).toBe(1);
});

test('a lease that came after the page was read is not counted a second time', async () => {
  for (const ownerId of ['own_a', 'own_b', 'own_c']) await addOwner(ownerId, 1);
  const page = (await owners()).map((owner) =>
    owner.data.owner_id === 'own_b' ? { ...owner, data: { ...owner.data, leased: 0n } } : owner,
  );
  const standingIn = await standingsOf(documents, page);
  expect(page.map((owner) => standingIn(owner).balance)).toEqual([109n, 100n, 109n]);
});

test.each<[string, string, Fields]>([
  ['its document', OWNERS, { available: 'much' }],
  ['its document', OWNERS, { leased: null }],
  ['a lease', LEASES, { spent: 'some' }],
  ['what a lease holds', LEASES, { held: 1.5 }],
])('an owner of whom %s is damaged keeps no other from being read', async (_, collection, fields) => {
  for (const ownerId of ['own_a', 'own_b', 'own_c']) await addOwner(ownerId, 1);
  const [damaged] = await documents.query({ collection, where: [{ field: 'owner_id', op: '==', value: 'own_b' }] });
  if (damaged === undefined) throw new Error('there is none');
  const data = { ...damaged.data, ...fields };
  await documents.commit([{ kind: 'set', collection, id: damaged.id, data, expect: 'any' }]);
  const page = await owners();
  const standingIn = await standingsOf(documents, page);
  const [first, second, third] = page as [Document, Document, Document];
  expect([standingIn(first), standingIn(third)]).toEqual([of('own_a', 1), of('own_c', 1)]);
  expect(() => standingIn(second)).toThrow(TypeError);
});
