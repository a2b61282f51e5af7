import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { indexedDocuments } from '../../test/support/indexed-documents.ts';
import { silentLog } from '../../test/support/memory-log.ts';
import { uncountedCharges } from '../../test/support/uncounted-charges.ts';
import { ALERTS, alertWrite } from '../core/alerts/alerts.ts';
import { CHANGES, RECALL } from '../core/changes.ts';
import { checkLedger } from '../core/leases/check-ledger.ts';
import { closeLease } from '../core/leases/lease-return.ts';
import { LEASES } from '../core/leases/lease-store.ts';
import { createLeases, type HoldRequest, type Leases } from '../core/leases/leases.ts';
import { MARKS } from '../core/leases/marks.ts';
import { CLAIMS } from '../core/ledger/claims.ts';
import { ENTRIES } from '../core/ledger/entries.ts';
import { failureWrites } from '../core/ledger/failure-writes.ts';
import { createLedger } from '../core/ledger/ledger.ts';
import { OUTBOX, UNCOUNTED_MS } from '../core/ledger/outbox.ts';
import { newOwner, OWNERS, toOwnerBalance } from '../core/ledger/owners.ts';
import { REFUSALS } from '../core/ledger/refusals.ts';
import { RATES, USD_INR } from '../core/money/exchange-rates.ts';
import { SESSIONS } from '../core/sessions/shared-sessions.ts';
import { documentId } from '../core/store/document-id.ts';
import type { Documents, Write } from '../core/store/documents.ts';
import { openSqliteDocuments } from '../platform/documents/sqlite-documents.ts';
import type { Event, Topic } from '../platform/events/events.ts';
import { countUsage } from '../usage/count-usage.ts';
import { AWAY_MS, CLOSED_LEASE_LIFE_MS, RECALL_LIFE_MS, SWEEPS, sweep, UNSENT_ALERT_MS } from './sweep.ts';

const LENGTH_MS = 60_000;
const fx = { rate: 88_000_000n, asOf: '2026-11-20', source: 'test' };
const nothing = {
  leases_closed: 0,
  holds_voided: 0,
  charges_republished: 0,
  alerts_sent: 0,
  tidied: 0,
  failed: 0,
};
let now: number;
let documents: Documents;
let leases: Leases;
let published: { topic: Topic; event: Event }[];

beforeEach(async () => {
  now = Date.UTC(2026, 10, 23);
  published = [];
  documents = indexedDocuments(await openSqliteDocuments(':memory:', { now: () => now }));
  const data = newOwner('own_a', 'USD', new Date(now), {});
  await documents.commit([{ kind: 'set', collection: OWNERS, id: documentId('own_a'), data, expect: 'absent' }]);
  const ledger = createLedger({ documents, now: () => now });
  await ledger.topup({ ownerId: 'own_a', amount: 1_000_000n, currency: 'USD', reference: 'r' });
  let ids = 0;
  leases = createLeases({
    documents,
    instanceId: 'ins_1',
    monotonic: () => now,
    now: () => now,
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    mintId: (prefix) => `${prefix}_${++ids}`,
    lengthMs: LENGTH_MS,
    rate: () => fx,
    recall: async () => {},
    mayClose: () => true,
    aside: (_name, _ownerId, work) => void work(),
    onAlerts: () => {},
  });
});
afterEach(() => documents.close());

const run = (
  publish: (topic: Topic, event: Event) => Promise<void> = async (topic, event) =>
    void published.push({ topic, event }),
) => sweep({ documents, events: { publish, close: async () => {} }, log: silentLog });

async function hold(requestId: string, more: Partial<HoldRequest> = {}) {
  const request = { requestId, ownerId: 'own_a', keyId: 'key_a', keyHash: 'hash', currency: 'USD' as const, fx };
  const held = await leases.hold({ ...request, amount: 100_000n, ...more });
  await held.durable;
  return held;
}

const charge = { cost: 1_000_000n, facts: {} };
const balance = async () => toOwnerBalance((await documents.get(OWNERS, documentId('own_a'))) as never);
const put = (collection: string, id: string, data: Record<string, never | string | boolean | Date | bigint>) =>
  documents.commit([{ kind: 'set', collection, id, data, expect: 'any' }]);

test('the lease of an instance that died is closed when it has expired, and not before; its holds go with it', async () => {
  await hold('req_1');
  await hold('req_2');
  now += LENGTH_MS - 1;
  expect(await run()).toEqual(nothing);
  now += 2;
  expect(await run()).toEqual({ ...nothing, leases_closed: 1, holds_voided: 2 });
  expect(await balance()).toMatchObject({ available: 1_000_000n, leased: 0n });
  expect((await checkLedger(documents)).faults).toEqual([]);
  // It charged nothing, so nobody needs it.
  expect(await documents.query({ collection: LEASES })).toEqual([]);
  expect(await run()).toEqual(nothing);
});

const claimOf = (id: string, requestId: string) => {
  const data = { owner_id: 'own_a', request_id: requestId, shard: 0n, expires_at: new Date(now + 1e9) };
  return { kind: 'set' as const, collection: CLAIMS, id, data, expect: 'absent' as const };
};
const claims = async () => (await documents.query({ collection: CLAIMS })).map(({ id }) => id).sort();

test('the idempotency key of a request that died with its instance is free again; that of one that was charged is not', async () => {
  const charged = await hold('req_1', { claim: claimOf('charged', 'req_1') });
  await leases.post(charged, charge);
  await hold('req_2', { claim: claimOf('died', 'req_2') });
  await put(CLAIMS, 'of another', { ...claimOf('', 'req_3').data, lease_id: 'lea_other' });
  now += LENGTH_MS + 1;
  expect(await run()).toMatchObject({ leases_closed: 1, holds_voided: 1 });
  expect(await claims()).toEqual(['charged', 'of another']);
});

test('a key that somebody has again since it was freed stays theirs', async () => {
  await hold('req_1', { claim: claimOf('a', 'req_1') });
  now += LENGTH_MS + 1;
  const [found] = await documents.query({ collection: CLAIMS });
  // Another sweep freed it between this one's look and its commit, and its client came again.
  const slow: Documents = Object.assign(Object.create(documents), {
    get: documents.get.bind(documents),
    query: documents.query.bind(documents),
    transaction: documents.transaction.bind(documents),
    now: documents.now.bind(documents),
    async commit(writes: readonly Write[]) {
      if (writes.some(({ collection }) => collection === CLAIMS)) {
        await put(CLAIMS, 'a', { ...claimOf('', 'req_2').data, lease_id: 'lea_other' });
      }
      return documents.commit(writes);
    },
  });
  expect(found?.data.lease_id).toBe('lea_1');
  const report = await sweep({
    documents: slow,
    events: { publish: async () => {}, close: async () => {} },
    log: silentLog,
  });
  expect(report).toMatchObject({ leases_closed: 1, holds_voided: 1, failed: 0 });
  expect((await documents.get(CLAIMS, 'a'))?.data.request_id).toBe('req_2');
});

test('what a store of before held for an expired lease is brought over: each request had a document then', async () => {
  const first = await hold('req_0');
  for (const id of ['req_1', 'req_2']) await hold(id);
  await leases.post(first, charge);
  // As it was written then: neither the lease nor its charges know of each other, and each hold and its key do.
  const [lease] = await documents.query({ collection: LEASES });
  const { held: _, running: __, posts: ___, ...leaseBefore } = lease?.data ?? {};
  await put(LEASES, lease?.id ?? '', leaseBefore as never);
  const entry = await documents.get(ENTRIES, documentId('req_0'));
  const { lease_id: ____, nth: _____, ...entryBefore } = entry?.data ?? {};
  await put(ENTRIES, entry?.id ?? '', entryBefore as never);
  for (const id of ['req_0', 'req_1', 'req_2', 'req_3']) {
    await put(CLAIMS, `claim_${id}`, claimOf('', id).data as never);
    if (id === 'req_0') continue;
    const lease_id = id === 'req_3' ? 'lea_other' : 'lea_1';
    await put('holds', id, { request_id: id, owner_id: 'own_a', lease_id, amount: 5n, claim_id: `claim_${id}` });
  }
  expect((await checkLedger(documents)).faults).toEqual([]);
  expect(await run()).toEqual(nothing);
  now += LENGTH_MS + 1;
  expect(await run()).toEqual({ ...nothing, leases_closed: 1, holds_voided: 2 });
  expect((await documents.query({ collection: 'holds' })).map(({ id }) => id)).toEqual(['req_3']);
  expect(await claims()).toEqual(['claim_req_0', 'claim_req_3']);
  expect(await balance()).toMatchObject({ available: 999_000n, leased: 0n });
  expect((await checkLedger(documents)).faults).toEqual([]);
  expect(await run()).toEqual(nothing);
});

test('what was brought over half way is brought over by the next sweep', async () => {
  await hold('req_0');
  for (const id of ['req_1', 'req_2']) await put('holds', id, { request_id: id, lease_id: 'lea_1' });
  now += LENGTH_MS + 1;
  let left = 1;
  const stopping: Documents = Object.assign(Object.create(documents), {
    get: documents.get.bind(documents),
    query: documents.query.bind(documents),
    transaction: documents.transaction.bind(documents),
    now: documents.now.bind(documents),
    async commit(writes: readonly Write[]) {
      if (writes.some(({ collection }) => collection === 'holds') && left-- <= 0) throw new Error('stopped');
      return documents.commit(writes);
    },
  });
  const events = { publish: async () => {}, close: async () => {} };
  expect(await sweep({ documents: stopping, events, log: silentLog })).toMatchObject({ leases_closed: 1, failed: 1 });
  expect(await documents.query({ collection: 'holds' })).toHaveLength(1);
  expect(await run()).toMatchObject({ holds_voided: 2, failed: 0 });
  expect(await documents.query({ collection: 'holds' })).toEqual([]);
});

test('after an outage the instances go first: what they could not post meanwhile is theirs to post, and nothing is lost', async () => {
  const held = await hold('req_1');
  await run();
  // The store cannot be written to for two minutes: no lease is renewed, no sweep is done.
  now += AWAY_MS + 1;
  expect(await run()).toEqual(nothing);
  expect(await leases.post(held, charge)).toMatchObject({ lost: false, amount: 1_000n });
  now += LENGTH_MS + 1;
  expect(await run()).toMatchObject({ leases_closed: 0 });
  expect(await balance()).toMatchObject({ available: 999_000n, leased: 0n });
  expect((await checkLedger(documents)).faults).toEqual([]);
});

test('an instance that does not come back has until the next sweep', async () => {
  await hold('req_1');
  await run();
  now += AWAY_MS + 1;
  expect(await run()).toEqual(nothing);
  now += 60_000;
  expect(await run()).toMatchObject({ leases_closed: 1, holds_voided: 1 });
});

test('an instance that comes back too late does not charge what was swept', async () => {
  const held = await hold('req_1');
  now += LENGTH_MS + 1;
  await run();
  expect(await leases.post(held, charge)).toMatchObject({ lost: true, amount: 0n });
  expect(await balance()).toMatchObject({ available: 1_000_000n, leased: 0n });
  expect((await checkLedger(documents)).faults).toEqual([]);
});

const toldOf = () => published.map(({ event }) => event.data);

test('a request that failed and nobody counted is told of again, after longer each time', async () => {
  for (const id of ['req_1', 'req_2']) {
    const held = await hold(id);
    await leases.void(held, failureWrites(held, {}, new Date(now)));
  }
  expect((await run()).charges_republished).toBe(0);
  now += UNCOUNTED_MS + 1;
  expect((await run()).charges_republished).toBe(2);
  expect(toldOf()).toEqual([{ charges: expect.arrayContaining([{ request_id: 'req_1' }, { request_id: 'req_2' }]) }]);
  now += UNCOUNTED_MS - 60_000;
  expect((await run()).charges_republished).toBe(0);
  now += 60_002;
  expect((await run()).charges_republished).toBe(2);
  expect((await uncountedCharges(documents)).sort()).toEqual(['req_1', 'req_2']);
});

test('a lease that expired with charges that nobody counted is told of, by the sweep after that, until they are', async () => {
  await postTogether('req_1', 'req_2', 'req_3');
  await hold('req_4');
  await countUsage(documents, { request_id: 'req_2' });
  now += LENGTH_MS + 1;
  expect(await run()).toEqual({ ...nothing, leases_closed: 1, holds_voided: 1 });
  now += 60_000;
  expect(await run()).toEqual({ ...nothing, charges_republished: 2 });
  expect(toldOf()).toEqual([{ leases: ['lea_1'] }]);
  expect(await countUsage(documents, toldOf()[0])).toMatchObject({ counted: 2 });
  expect(await documents.query({ collection: LEASES })).toEqual([]);
  now += 10 * UNCOUNTED_MS;
  expect(await run()).toMatchObject({ charges_republished: 0 });
});

test('a lease that another instance closed stays until its idempotency keys are free, also where it is counted', async () => {
  await postTogether('req_1', 'req_2');
  await hold('req_3', { claim: claimOf('died', 'req_3') });
  now += LENGTH_MS + 1;
  await closeLease(documents, 'lea_1', { expiredAt: now }, fx);
  await countUsage(documents, { charges: [{ request_id: 'req_1' }, { request_id: 'req_2' }] });
  expect(await documents.query({ collection: LEASES })).toHaveLength(1);
  expect(await run()).toMatchObject({ holds_voided: 1 });
  expect(await claims()).toEqual([]);
  now += 60_000;
  await run();
  expect(await countUsage(documents, toldOf()[0])).toMatchObject({ counted: 0 });
  for (const collection of [LEASES, MARKS]) expect(await documents.query({ collection })).toEqual([]);
});

test('a lease that was closed while a message was under way goes when that is counted, and is told of until then', async () => {
  await postTogether('req_1', 'req_2');
  await countUsage(documents, { request_id: 'req_1' });
  await leases.close();
  now += UNCOUNTED_MS + 1;
  expect((await run()).charges_republished).toBe(1);
  expect((await run()).charges_republished).toBe(0);
  now += UNCOUNTED_MS + 2;
  expect((await run()).charges_republished).toBe(1);
  expect(await countUsage(documents, { request_id: 'req_2' })).toMatchObject({ counted: 1 });
  for (const collection of [LEASES, MARKS]) expect(await documents.query({ collection })).toEqual([]);
});

test('a lease that is counted when it is closed goes at once, with its mark', async () => {
  await postTogether('req_1', 'req_2');
  await countUsage(documents, { charges: [{ request_id: 'req_1' }, { request_id: 'req_2' }] });
  expect(await documents.query({ collection: MARKS })).toHaveLength(1);
  await leases.close();
  for (const collection of [LEASES, MARKS]) expect(await documents.query({ collection })).toEqual([]);
  expect((await checkLedger(documents)).faults).toEqual([]);
});

/** Charges that share a commit. */
async function postTogether(...ids: string[]): Promise<void> {
  const holds = await Promise.all(ids.map((id) => hold(id, { amount: 1_000n })));
  await Promise.all(holds.map((held) => leases.post(held, charge)));
}

test('a lease that ended with its charge is told of until that is counted, however long, and goes with it', async () => {
  await leases.post(await hold('req_1'), charge);
  expect(await documents.query({ collection: OUTBOX })).toEqual([]);
  expect((await run()).charges_republished).toBe(0);
  now += UNCOUNTED_MS + 1;
  expect((await run()).charges_republished).toBe(1);
  expect((await run()).charges_republished).toBe(0);
  now += CLOSED_LEASE_LIFE_MS + 1;
  await run();
  now += 61_000;
  expect(await run()).toMatchObject({ tidied: 0 });
  expect(await countUsage(documents, published.at(-1)?.event.data)).toMatchObject({ counted: 1 });
  expect(await documents.query({ collection: LEASES })).toEqual([]);
  now += UNCOUNTED_MS;
  expect((await run()).charges_republished).toBe(0);
});

/** A note of before, of charges that are there. */
async function putNote(consumer: string, created_at: Date, ...request_ids: string[]): Promise<void> {
  const due_at = new Date(created_at.getTime() + UNCOUNTED_MS);
  const data = { request_ids, owner_id: 'own_a', consumer, shard: 0n, created_at, due_at } as never;
  await put(OUTBOX, `${documentId(request_ids[0] ?? '')}.${consumer}`, data);
  for (const id of request_ids) {
    const entry = await documents.get(ENTRIES, documentId(id));
    await put(ENTRIES, documentId(id), { ...entry?.data, told_with: request_ids[0] } as never);
  }
}

test('no message names more charges than its consumers read, and none tells of half a note of before', async () => {
  const ids = (group: number) => Array.from({ length: 30 }, (_, n) => `req_${group}_${n}`);
  for (const group of [1, 2]) {
    await postTogether(...ids(group));
    await putNote('usage', new Date(now), ...ids(group));
  }
  now += UNCOUNTED_MS + 1;
  expect((await run()).charges_republished).toBe(60);
  const told = published.map(({ event }) =>
    (event.data as { charges: { request_id: string }[] }).charges.map(({ request_id }) => request_id).sort(),
  );
  expect(told.sort()).toEqual([ids(1).sort(), ids(2).sort()]);
});

test('a note of a store of before, whose charges were still to be converted, is brought over', async () => {
  await postTogether('req_1', 'req_2');
  await putNote('fx', new Date(now), 'req_1', 'req_2');
  for (const id of ['req_1', 'req_2']) {
    const entry = await documents.get(ENTRIES, documentId(id));
    const { usd: _, inr: __, ...before } = entry?.data ?? {};
    await documents.commit([{ kind: 'set', collection: ENTRIES, id: documentId(id), data: before, expect: 'present' }]);
  }
  now += UNCOUNTED_MS + 1;
  expect(await run()).toEqual({ ...nothing, leases_closed: 1 });
  expect(published).toEqual([]);
  expect(await documents.query({ collection: OUTBOX })).toEqual([]);
  for (const id of ['req_1', 'req_2']) {
    expect((await documents.get(ENTRIES, documentId(id)))?.data).toMatchObject({ usd: 1_000n, inr: 88_000n });
  }
});

test('an alert that was not sent is sent, once', async () => {
  await documents.commit([alertWrite({ kind: 'overage', subject: 'req_1', at: new Date(now), facts: {} })]);
  now += UNSENT_ALERT_MS + 1;
  expect((await run()).alerts_sent).toBe(1);
  expect((await run()).alerts_sent).toBe(0);
  expect(published).toMatchObject([{ topic: 'alerts', event: { data: { kind: 'overage' } } }]);
});

test('what nobody needs any more is deleted', async () => {
  // A lease of before, whose charges had notes.
  await put(LEASES, 'old', { status: 'closed', shard: 0n, closed_at: new Date(now) });
  await put(CHANGES, 'recall', { act: RECALL, at: new Date(now) });
  await put(CHANGES, 'audit', { act: 'key.create', at: new Date(now) });
  await put(CLAIMS, 'old', { shard: 0n, expires_at: new Date(now + RECALL_LIFE_MS) });
  await put(REFUSALS, 'old', { shard: 0n, expires_at: new Date(now + RECALL_LIFE_MS) });
  await put(SESSIONS, 'old', { shard: 0n, expires_at: new Date(now + RECALL_LIFE_MS) });
  expect((await run()).tidied).toBe(0);
  now += Math.max(RECALL_LIFE_MS, CLOSED_LEASE_LIFE_MS) + 1;
  expect((await run()).tidied).toBe(5);
  expect(await documents.query({ collection: LEASES })).toEqual([]);
  expect(await documents.query({ collection: SESSIONS })).toEqual([]);
  expect((await documents.query({ collection: CHANGES })).map(({ id }) => id)).toEqual(['audit']);
});

test('sweeps that run at once do each thing once', async () => {
  await Promise.all(['req_1', 'req_2', 'req_3'].map((id) => hold(id)));
  now += LENGTH_MS + 1;
  const reports = await Promise.all([run(), run(), run()]);
  expect(reports.reduce((sum, { holds_voided }) => sum + holds_voided, 0)).toBe(3);
  expect(reports.map(({ failed }) => failed)).toEqual([0, 0, 0]);
  expect(await balance()).toMatchObject({ available: 1_000_000n, leased: 0n });
  expect((await checkLedger(documents)).faults).toEqual([]);
});

test('one failure does not keep the rest from being swept', async () => {
  await leases.post(await hold('req_1'), charge);
  const dead = await hold('req_2');
  expect(dead.requestId).toBe('req_2');
  now += UNCOUNTED_MS + 1;
  const report = await run(async () => {
    throw new Error('broker away');
  });
  expect(report).toMatchObject({ leases_closed: 1, holds_voided: 1, charges_republished: 0, failed: 1 });
});

test.each([
  ['a rate', RATES, USD_INR, { rate: 'much' }],
  ['an alert', ALERTS, 'x', { sent: false }],
  ['the last sweep', SWEEPS, 'last', { at: 'today' }],
  ['a lease', LEASES, 'x', { status: 'open', shard: 0n, lease_id: 'lea_x', expires_at: new Date(0) }],
  ['a note', OUTBOX, 'x', { shard: 0n, due_at: new Date(0) }],
])('damage of %s keeps nothing else from being swept', async (_what, collection, id, data) => {
  await put(collection, id, data);
  await leases.post(await hold('req_1'), charge);
  await hold('req_2');
  now += UNCOUNTED_MS + 1;
  expect(await run()).toMatchObject({ leases_closed: 1, holds_voided: 1, charges_republished: 1 });
  expect(await balance()).toMatchObject({ available: 999_000n, leased: 0n });
});
