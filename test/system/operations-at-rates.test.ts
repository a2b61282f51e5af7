import { expect, test } from '@jest/globals';
import { KEYS } from '../../functions/core/keys.ts';
import { checkLedger } from '../../functions/core/leases/check-ledger.ts';
import { LEASES } from '../../functions/core/leases/lease-store.ts';
import { createLeases, HOLD_WAIT_MS, LEASE_SECONDS } from '../../functions/core/leases/leases.ts';
import { MARKS } from '../../functions/core/leases/marks.ts';
import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import { createLedger } from '../../functions/core/ledger/ledger.ts';
import { OUTBOX } from '../../functions/core/ledger/outbox.ts';
import { newOwner, OWNERS } from '../../functions/core/ledger/owners.ts';
import { ROLLUPS, toRollup } from '../../functions/core/ledger/rollups.ts';
import { SPENDING } from '../../functions/core/ledger/spending.ts';
import { createRateLimiter } from '../../functions/core/rate-limits/rate-limits.ts';
import { WINDOWS } from '../../functions/core/rate-limits/rate-window.ts';
import { documentId } from '../../functions/core/store/document-id.ts';
import type { Documents } from '../../functions/core/store/documents.ts';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { countNamed } from '../../functions/usage/count-usage.ts';
import { GATHER_MS, gatherUsage } from '../../functions/usage/gather-usage.ts';
import { countOperations } from '../support/count-operations.ts';
import { createVirtualTime, type VirtualTime } from '../support/virtual-time.ts';

/**
 * What a request of a key does to a store that bills by the operation, by how often the key asks: the router with its permits, and the
 * consumer that counts, in simulated time. Each answer takes 1.43 s, so that no hold meets the charge before it by chance, each commit 20 ms. Fewer is better; more needs a reason.
 */
const ofRequests = [OWNERS, KEYS, SPENDING, LEASES, MARKS, ENTRIES, OUTBOX, ROLLUPS, WINDOWS];
const ANSWER_MS = 1_430;
const STORE_MS = 20;
const START = Date.UTC(2026, 10, 23, 12);
const fx = { rate: 88_000_000n, asOf: '2026-11-20', source: 'test' };
const COST = 1_000n;
/** What a request is likely to take, twice what it takes. */
const TOKENS = 1_000;

/** `rate`: requests a second. `tpm`: tokens a minute of its key; null for no such limit. */
async function operate(rate: number, requests: number, tpm: number | null = null) {
  const time = createVirtualTime();
  const sqlite = await openSqliteDocuments(':memory:', { now: () => START + time.now() });
  const data = newOwner('own_a', 'USD', new Date(START), {});
  await sqlite.commit([
    { kind: 'set', collection: OWNERS, id: documentId('own_a'), data, expect: 'absent' },
    { kind: 'set', collection: KEYS, id: 'hash', data: { key_id: 'key_a', owner_id: 'own_a' }, expect: 'absent' },
  ]);
  const ledger = createLedger({ documents: sqlite, now: () => START });
  await ledger.topup({ ownerId: 'own_a', amount: 10_000_000_000n, currency: 'USD', reference: 'first' });
  const store = countOperations(slowly(sqlite, time), new Set(ofRequests));
  const { documents } = store;
  let ids = 0;
  const ports = { documents, instanceId: 'ins_a', monotonic: () => time.now(), now: () => START + time.now() };
  const leases = createLeases({
    ...ports,
    pause: time.pause,
    mintId: (prefix) => `${prefix}_${++ids}`,
    lengthMs: LEASE_SECONDS * 1_000,
    holdWaitMs: HOLD_WAIT_MS,
    rate: () => fx,
    recall: async () => {},
    mayClose: () => true,
    aside: (_name, _ownerId, work) => void work(),
    onAlerts: () => {},
  });
  const rates = createRateLimiter(ports);
  const scopes = [{ id: 'key|key_a', limits: { rpm: 600_000, rpd: null, tpm } }];
  const count = gatherUsage({
    count: (names) =>
      countNamed(
        documents,
        names,
        () => 0,
        () => {},
      ),
    pause: time.pause,
    monotonic: time.now,
    gatherMs: GATHER_MS,
  });
  const ask = async (n: number) => {
    await time.pause((n * 1_000) / rate);
    const admission = await rates.admit(scopes, TOKENS);
    const requestId = `req_${n}`;
    const of = { requestId, ownerId: 'own_a', keyId: 'key_a', keyHash: 'hash', currency: 'USD' as const, fx };
    const hold = await leases.hold({ ...of, amount: 2n * COST });
    await time.pause(ANSWER_MS);
    await hold.confirm();
    admission.settle(TOKENS / 2);
    await leases.post(hold, { cost: COST * 1_000n, facts: { model: 'm', provider: 'p' } });
    await count({ charges: [{ request_id: requestId, lease_id: hold.leaseId }] });
  };
  const tick = async () => {
    for (;;) {
      await time.pause(1_000);
      leases.tick();
      rates.tick();
    }
  };
  void tick();
  await time.until(Promise.all(Array.from({ length: requests }, (_, n) => ask(n))));
  const { writes, deletes, reads, calls } = store.take();
  const each = (sum: number) => Math.round((sum / requests) * 100) / 100;
  await time.until(leases.close());
  expect((await checkLedger(sqlite)).faults).toEqual([]);
  const counted = (await sqlite.query({ collection: ROLLUPS })).map(toRollup);
  expect(counted.reduce((sum, day) => sum + day.requests, 0n)).toBe(BigInt(requests));
  expect(await sqlite.query({ collection: LEASES })).toEqual([]);
  await sqlite.close();
  return { writes: each(writes), deletes: each(deletes), reads: each(reads), calls: each(calls) };
}

/** The same store, each of whose answers takes its time. */
function slowly(documents: Documents, { pause, instantly }: VirtualTime): Documents {
  const after = async <T>(work: Promise<T>): Promise<T> => {
    const result = await instantly(work);
    await pause(STORE_MS);
    return result;
  };
  return {
    place: documents.place,
    get: (collection, id) => after(documents.get(collection, id)),
    query: (query) => after(documents.query(query)),
    listen: (query, onChanges, onError) => documents.listen(query, onChanges, onError),
    transaction: (body) => after(documents.transaction(body)),
    commit: (writes) => after(documents.commit(writes)),
    now: () => documents.now(),
    close: () => documents.close(),
  };
}

test.each([
  ['one in a minute: a quiet key', 1 / 60, 5, { writes: 9, deletes: 1, reads: 10, calls: 5 }],
  ['one a second', 1, 60, { writes: 6.63, deletes: 0, reads: 6.05, calls: 5.4 }],
  ['ten a second', 10, 300, { writes: 2.5, deletes: 0, reads: 1.64, calls: 1.46 }],
  ['25 a second', 25, 750, { writes: 2.23, deletes: 0, reads: 1.31, calls: 1.16 }],
  ['a hundred a second', 100, 3_000, { writes: 1.55, deletes: 0, reads: 1.08, calls: 0.53 }],
])(
  'a request of a key that asks %s',
  async (_often, rate, requests, most) => {
    const took = await operate(rate, requests);
    for (const name of ['writes', 'deletes', 'reads', 'calls'] as const) {
      expect([name, took[name]]).toEqual([name, expect.closeTo(most[name], 1)]);
    }
  },
  120_000,
);

test('a limit of tokens costs a quiet key nothing beside its limit of requests', async () => {
  expect(await operate(1 / 60, 5, 100_000)).toEqual(await operate(1 / 60, 5));
}, 120_000);
