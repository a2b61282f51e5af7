import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkLedger } from '../../functions/core/leases/check-ledger.ts';
import { createLeases, LEASE_SECONDS } from '../../functions/core/leases/leases.ts';
import { createLedger } from '../../functions/core/ledger/ledger.ts';
import { newOwner, OWNERS } from '../../functions/core/ledger/owners.ts';
import { NANOS_PER_UNIT } from '../../functions/core/money/money.ts';
import { documentId } from '../../functions/core/store/document-id.ts';
import type { Documents } from '../../functions/core/store/documents.ts';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';

/**
 * What the ledger costs on a hot key, `npm run bench:ledger`: transactions and commits for a thousand requests, from cold and
 * warm, and what hold and post add to a request in memory. On SQLite, and on the Firestore emulator where there is one.
 */
const REQUESTS = 1_000;
const CONCURRENCY = 64;
/** Requests whose holds and posts are timed. */
const TIMED = 20_000;
/** A hold is the most a request can cost; most cost far less. */
const HOLD = 10_000_000n;
const COST = 1_000_000n;
/** The hardest case: every request costs what was held. */
const costs = { 'a tenth of its hold': COST, 'all of its hold': HOLD };

const fx = { rate: 88_000_000n, asOf: '2026-11-20', source: 'bench' };
const facts = { model: 'bench/model', provider: 'bench', outcome: 'finished', basis: 'exact', input_tokens: 100n };

async function makeOwner(documents: Documents, ownerId: string): Promise<void> {
  const data = newOwner(ownerId, 'USD', new Date(), {});
  await documents.commit([{ kind: 'set', collection: OWNERS, id: documentId(ownerId), data, expect: 'absent' }]);
  const amount = 100_000n * NANOS_PER_UNIT;
  await createLedger({ documents, now: Date.now }).topup({ ownerId, amount, currency: 'USD', reference: 'bench' });
}

let ids = 0;
function start(documents: Documents, ownerId: string, cost = COST) {
  const leases = createLeases({
    documents,
    instanceId: `ins_${++ids}`,
    monotonic: () => performance.now(),
    now: Date.now,
    pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    mintId: (prefix) => `${prefix}_${ownerId}_${++ids}`,
    lengthMs: LEASE_SECONDS * 1_000,
    rate: () => fx,
    recall: async () => {},
    mayClose: () => true,
    aside: (_name, _ownerId, work) => void work(),
    onAlerts: () => {},
  });
  const hold = () =>
    leases.hold({
      requestId: `req_${ownerId}_${++ids}`,
      ownerId,
      keyId: `key_${ownerId}`,
      keyHash: `key_${ownerId}`,
      currency: 'USD',
      amount: HOLD,
      fx,
    });
  /** One request: its hold is in the store before its answer, as in the router. */
  const request = async () => {
    const held = await hold();
    await held.durable;
    await leases.post(held, { cost: cost * 1_000n, facts });
  };
  return { leases, hold, request };
}

async function crowd(request: () => Promise<void>, count: number): Promise<void> {
  let left = count;
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      while (left-- > 0) await request();
    }),
  );
}

async function benchStore(name: string, documents: Documents): Promise<void> {
  for (const [what, cost] of Object.entries(costs))
    await benchCost(`${name}, a request costs ${what}`, documents, cost);
}

async function benchCost(name: string, documents: Documents, cost: bigint): Promise<void> {
  const ownerId = `own_bench_${Date.now()}`;
  await makeOwner(documents, ownerId);
  const { leases, request } = start(documents, ownerId, cost);
  console.log(name);
  for (const state of ['cold', 'warm']) {
    const before = leases.counts();
    const startedAt = performance.now();
    await crowd(request, REQUESTS);
    const seconds = (performance.now() - startedAt) / 1_000;
    const { transactions, commits } = leases.counts();
    console.log(
      `  ${state}  ${String(transactions - before.transactions).padStart(3)} transactions and ` +
        `${String(commits - before.commits).padStart(4)} commits for ${REQUESTS} requests, ` +
        `${Math.round(REQUESTS / seconds)} requests/s at ${CONCURRENCY} at once`,
    );
  }
  await leases.close();
  const { faults } = await checkLedger(documents);
  const own = faults.filter((fault) => fault.ownerId === ownerId);
  if (own.length > 0) throw new Error(JSON.stringify(own));
}

/** A store that takes everything at once, so that what is left is our own work. */
function instantly(documents: Documents): Documents {
  let version = 0;
  return {
    place: 'test',
    get: (collection, id) => documents.get(collection, id),
    query: (query) => documents.query(query),
    listen: (query, onChanges, onError) => documents.listen(query, onChanges, onError),
    transaction: (body) => documents.transaction(body),
    commit: async () => String(++version),
    now: () => documents.now(),
    close: () => documents.close(),
  };
}

async function benchMemory(): Promise<void> {
  const documents = await openSqliteDocuments(':memory:');
  await makeOwner(documents, 'own_memory');
  const { leases, hold, request } = start(instantly(documents), 'own_memory');
  // A lease large enough that none of the timed holds waits for the store.
  await crowd(request, REQUESTS);
  const times: number[] = [];
  const cpuBefore = process.cpuUsage();
  for (let n = 0; n < TIMED; n++) {
    const startedAt = performance.now();
    const held = await hold();
    const posted = leases.post(held, { cost: COST * 1_000n, facts });
    times.push((performance.now() - startedAt) * 1_000);
    await posted;
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(1);
  console.log(`in memory\n  hold and post keep a request for ${at(0.5)} µs (p50), ${at(0.99)} µs (p99)`);
  console.log(`  and take ${((user + system) / TIMED).toFixed(1)} µs of CPU, queue and writes included`);
  await documents.close();
}

const folder = await mkdtemp(join(tmpdir(), 'mesh-bench-'));
const sqlite = await openSqliteDocuments(join(folder, 'mesh.db'));
await benchStore('SQLite', sqlite);
await sqlite.close();
await rm(folder, { recursive: true });
if (process.env.FIRESTORE_EMULATOR_HOST) {
  const { connectEmulator } = await import('../support/connect-emulator.ts');
  const firestore = connectEmulator('demo-mesh-bench');
  await benchStore('Firestore', firestore);
  await firestore.close();
} else {
  console.log('Firestore: not measured, there is no emulator');
}
await benchMemory();
