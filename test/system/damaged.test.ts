import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BREAKERS } from '../../functions/core/health/breaker.ts';
import { hashKey, KEY_BYTES, KEYS, makeKey } from '../../functions/core/keys.ts';
import { LEASES } from '../../functions/core/leases/lease-store.ts';
import { OWNERS } from '../../functions/core/ledger/owners.ts';
import { RATES, USD_INR } from '../../functions/core/money/exchange-rates.ts';
import { WINDOWS } from '../../functions/core/rate-limits/rate-window.ts';
import { documentId } from '../../functions/core/store/document-id.ts';
import type { Documents, Fields } from '../../functions/core/store/documents.ts';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { type ClientAccount, connectMesh, type MeshClient } from '../support/mesh-client.ts';
import { type MeshProcess, spawnMesh } from '../support/mesh-process.ts';

/** Documents that no transaction of ours would have written: whoever they are of is stopped, nobody else, and no process. */
const adminKey = makeKey('mak', randomBytes(KEY_BYTES));
const LIMITS = { rpm_limit: 1_000 };
/** How long it may take until a router has nothing of before in memory. */
const PATIENCE_MS = 20_000;
const LOOK_MS = 100;

let folder: string;
let documents: Documents;
let mesh: MeshProcess;
let client: MeshClient;
let other: ClientAccount;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mesh-damaged-'));
  mesh = await spawnMesh({
    MESH_STORE: `sqlite:${join(folder, 'mesh.db')}`,
    MESH_ADMIN_KEY: adminKey,
    MESH_LEASE_SECONDS: '2',
  });
  documents = await openSqliteDocuments(join(folder, 'mesh.db'));
  client = connectMesh(mesh.url, adminKey);
  other = await client.openAccount(LIMITS);
}, 90_000);
afterAll(async () => {
  await mesh?.kill('SIGKILL');
  await documents?.close();
  await rm(folder, { recursive: true, force: true });
}, 30_000);

const ask = async ({ key }: ClientAccount) => {
  const body = { model: 'mesh/echo', messages: [{ role: 'user', content: 'Hello' }] };
  return (await client.call('POST', '/v1/chat/completions', key, body)).status;
};

const put = (collection: string, id: string, data: Fields) =>
  documents.commit([{ kind: 'set', collection, id, data, expect: 'any' }]);

async function change(collection: string, id: string, fields: Fields): Promise<void> {
  const found = await documents.get(collection, id);
  await put(collection, id, { ...found?.data, ...fields });
}

const keyIdOf = async ({ key }: Pick<ClientAccount, 'key'>) =>
  String((await documents.get(KEYS, hashKey(key)))?.data.key_id);

async function damageLeases({ ownerId }: ClientAccount): Promise<void> {
  const where = [{ field: 'owner_id', op: '==', value: ownerId } as const];
  const leases = await documents.query({ collection: LEASES, where });
  expect(leases).toHaveLength(1);
  for (const { id } of leases) await change(LEASES, id, { seq: 'many', spent: null });
}

/** What the lists say of an owner and of its key. */
async function listedOf({ ownerId, key }: ClientAccount): Promise<unknown[]> {
  const keyId = await keyIdOf({ key });
  const rows = await Promise.all(
    [`/v1/owners?limit=1000`, '/v1/keys?limit=1000'].map(
      async (path) => (await client.json('GET', path, adminKey)).data,
    ),
  );
  return rows.flat().filter(({ id }) => id === ownerId || id === keyId);
}

test.each<[string, (account: ClientAccount) => Promise<unknown>, boolean[]]>([
  [
    'an owner without money fields',
    ({ ownerId }) => put(OWNERS, documentId(ownerId), { owner_id: ownerId }),
    [true, false],
  ],
  [
    'an owner whose name is a number',
    ({ ownerId }) => change(OWNERS, documentId(ownerId), { name: 5n }),
    [true, false],
  ],
  ['a key whose status is a number', ({ key }) => change(KEYS, hashKey(key), { status: 5n }), [false, true]],
  [
    'a key whose parameters are no JSON',
    ({ key }) => change(KEYS, hashKey(key), { default_params: '{' }),
    [false, true],
  ],
  ['a lease', damageLeases, [true, false]],
])('lists name %s that is damaged, and go on with all others', async (_what, damage, isDamaged) => {
  const account = await client.openAccount(LIMITS);
  // Two at once, so that the key is not quiet, and its lease stays.
  expect(await Promise.all([ask(account), ask(account)])).toEqual([200, 200]);
  const before = await listedOf(account);
  const others = await listedOf(other);
  await damage(account);
  const rows = await listedOf(account);
  expect(rows).toHaveLength(2);
  for (const [at, row] of rows.entries()) {
    const { id } = before[at] as { id: string };
    if (isDamaged[at]) expect(row).toEqual({ id, damaged: true });
    else expect(row).toMatchObject({ id, created_at: expect.any(String) });
  }
  expect(await listedOf(other)).toMatchObject(
    others.map((each) => ({ id: (each as { id: string }).id, created_at: expect.any(String) })),
  );
});

async function damageWindow(account: ClientAccount): Promise<void> {
  await put(WINDOWS, documentId(`key|${await keyIdOf(account)}`), { second: 'now', requests: 'many' });
}

/** `first`: whether a request is served before, so that there is something in memory. */
test.each<
  [string, { first: boolean; ends: 'refused' | 'served'; damage: (account: ClientAccount) => Promise<unknown> }]
>([
  [
    'an owner without money fields',
    { first: true, ends: 'refused', damage: ({ ownerId }) => put(OWNERS, documentId(ownerId), { owner_id: ownerId }) },
  ],
  [
    'an owner whose balance is a word',
    {
      first: false,
      ends: 'refused',
      damage: ({ ownerId }) => change(OWNERS, documentId(ownerId), { available: 'much' }),
    },
  ],
  [
    'a key of which nothing is left',
    { first: false, ends: 'refused', damage: ({ key }) => put(KEYS, hashKey(key), {}) },
  ],
  [
    'a key whose limit is a word',
    { first: false, ends: 'refused', damage: ({ key }) => change(KEYS, hashKey(key), { rpm_limit: 'many' }) },
  ],
  ['a window of rates', { first: false, ends: 'refused', damage: damageWindow }],
  ['a lease', { first: true, ends: 'served', damage: damageLeases }],
  [
    'a breaker',
    {
      first: true,
      ends: 'served',
      damage: () => put(BREAKERS, documentId('mesh/echo'), { endpoint: 'mesh/echo', state: 'ajar' }),
    },
  ],
  ['the exchange rate', { first: true, ends: 'served', damage: () => put(RATES, USD_INR, { rate: 'much' }) }],
])(
  'damage of %s stops nobody else, and no process',
  async (_what, { first, ends, damage }) => {
    const account = await client.openAccount(LIMITS);
    if (first) expect(await ask(account)).toBe(200);
    await damage(account);
    const until = performance.now() + PATIENCE_MS;
    const isOver = (status: number) => (ends === 'served' ? status === 200 : status !== 200);
    for (let status = await ask(account); !isOver(status); status = await ask(account)) {
      expect(await ask(other)).toBe(200);
      if (performance.now() > until) throw new Error(`It still says ${status}.`);
      // The lease that it had goes back when it is not used for a while.
      await pause(ends === 'served' ? LOOK_MS : LOOK_MS * 10);
    }
    expect(await ask(other)).toBe(200);
    expect(mesh.child.exitCode).toBeNull();
    expect((await client.call('GET', '/readyz', adminKey)).status).toBe(200);
  },
  60_000,
);
