import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Documents } from '../../functions/core/store/documents.ts';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { indexedDocuments } from '../support/indexed-documents.ts';
import { json, type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

/** A token of the model costs 0.001 dollars: 0.088 rupees at the built-in rate. */
let upstream: ScriptedUpstream;
let documents: Documents;
let mesh: Mesh;
let catalogue: unknown;
/** Instances over one store. */
const start = () => startMesh({ catalogue, documents: { ...indexedDocuments(documents), close: async () => {} } });

beforeAll(async () => {
  const message = { role: 'assistant', content: 'ok' };
  upstream = await startScriptedUpstream(() =>
    json({
      ...{ id: 'x', object: 'chat.completion', created: 1, model: 'm' },
      choices: [{ index: 0, message, finish_reason: 'stop' }],
      usage: { prompt_tokens: 10, completion_tokens: 1, total_tokens: 11 },
    }),
  );
  const limits = { context_length: 8_000, max_output_tokens: 1 };
  const endpoint = (output: string) => [{ provider: 'acme', model: 'm', price: { input: '0', output } }];
  catalogue = {
    providers: { acme: { format: 'chat', base_url: upstream.url, auth: { type: 'none' } } },
    models: {
      'acme/held': { ...limits, endpoints: endpoint('1000') },
      // 0.0000000123 dollars are 1,082.4 nanos of a rupee: each answer is rounded up once.
      'acme/odd': { ...limits, endpoints: endpoint('0.0123') },
    },
  };
  documents = await openSqliteDocuments(':memory:');
  mesh = await start();
});
afterAll(async () => {
  await mesh.close();
  await documents.close();
  await upstream.close();
});

const ask = ({ key }: Pick<Account, 'key'>, model = 'acme/held', user?: string, at = mesh) =>
  at.call('POST', '/v1/chat/completions', {
    key,
    body: { model, max_tokens: 1, messages: [{ role: 'user', content: 'Hello' }], ...(user ? { user } : {}) },
  });
const admin = (method: string, path: string, body?: object) =>
  mesh.call(method, path, { key: mesh.adminKey, ...(body === undefined ? {} : { body }) });
const inRupees = (key: Record<string, unknown> = {}) => mesh.makeOwner({ currency: 'INR', amount: '100', key });
const spendingOf = async ({ key }: Account, user?: string) =>
  (await mesh.call('GET', `/v1/usage/rate-limits${user === undefined ? '' : `?end_user=${user}`}`, { key })).body
    .spending;
async function eventually<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (const until = performance.now() + 10_000; ; ) {
    const value = await read();
    if (holds(value)) return value;
    if (performance.now() > until) throw new Error('It did not come about.');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test.each(['daily', 'weekly', 'monthly', 'total'] as const)(
  'a %s cap of a key in rupees is met to the nano',
  async (window) => {
    // Two answers, and a nano less than a third.
    const account = await inRupees({ spend_caps: { [window]: '0.263999999' } });
    expect([(await ask(account)).status, (await ask(account)).status]).toEqual([200, 200]);
    const refused = await ask(account);
    expect([refused.status, refused.body.error.details]).toMatchObject([402, { reason: 'key_cap', window }]);
    // What an instance had set aside comes back a moment later.
    const figures = () => spendingOf(account);
    const { currency, key } = await eventually(figures, (read) => read.key[window].reserved === '0');
    expect([currency, key[window]]).toMatchObject([
      'INR',
      { spent: '0.176', cap: '0.263999999', remaining: '0.087999999' },
    ]);
    await admin('PATCH', `/v1/keys/${account.keyId}`, { spend_caps: { [window]: '0.264' } });
    expect(
      (
        await eventually(
          () => ask(account),
          ({ status }) => status === 200,
        )
      ).status,
    ).toBe(200);
    expect((await ask(account)).status).toBe(402);
  },
);

test('a cap of the owner in rupees holds over all its keys, a week too', async () => {
  const account = await inRupees();
  await admin('PATCH', `/v1/owners/${account.ownerId}`, { spend_caps: { weekly: '0.1' } });
  expect((await ask(account)).status).toBe(200);
  const other = (await admin('POST', '/v1/keys', { owner_id: account.ownerId })).body;
  const refused = await ask({ ...account, key: other.key });
  expect(refused.body.error.details).toMatchObject({ reason: 'owner_cap', window: 'weekly' });
});

test('a cap in dollars of an owner who pays in rupees is taken at the rate', async () => {
  const account = await inRupees({ spend_cap_usd: '0.002' });
  expect([(await ask(account)).status, (await ask(account)).status]).toEqual([200, 200]);
  expect((await ask(account)).status).toBe(402);
});

test('caps of end users are in rupees, each user’s apart', async () => {
  const account = await inRupees({ end_user_caps: { daily: '0.1', weekly: '0.2' } });
  expect((await ask(account, 'acme/held', 'ann')).status).toBe(200);
  const refused = await ask(account, 'acme/held', 'ann');
  expect([refused.status, refused.body.error.details]).toMatchObject([
    402,
    { reason: 'end_user_cap', window: 'daily' },
  ]);
  expect((await ask(account, 'acme/held', 'bob')).status).toBe(200);
  const user = mesh.services.hashUser(account.ownerId, 'ann');
  expect((await spendingOf(account, user)).end_user).toMatchObject({
    daily: { spent: '0.088', cap: '0.1', remaining: '0.012' },
    weekly: { spent: '0.088', cap: '0.2', remaining: '0.112' },
  });
});

test('alerts of caps and of a low balance say their currency', async () => {
  const account = await inRupees({ spend_caps: { weekly: '0.1' } });
  await admin('PATCH', `/v1/owners/${account.ownerId}`, { low_balance: '99.95' });
  await ask(account);
  const told = await eventually(
    async () =>
      ((await admin('GET', '/v1/alerts')).body.data as { kind: string; facts: Record<string, unknown> }[])
        .filter(({ facts }) => facts.owner_id === account.ownerId)
        .map(({ kind, facts }) => ({ kind, ...facts })),
    (found) => found.length >= 2,
  );
  expect(told).toContainEqual(
    expect.objectContaining({ kind: 'cap_75', window: 'weekly', currency: 'INR', cap: '0.1', used: '0.088' }),
  );
  expect(told).toContainEqual(
    expect.objectContaining({ kind: 'low_balance', currency: 'INR', remaining: '99.912', threshold: '99.95' }),
  );
});

test('a statement has both currencies to the nano, at the rates of its requests, and names those', async () => {
  const account = await inRupees();
  await ask(account);
  await ask(account, 'acme/odd');
  await ask(account, 'acme/odd');
  const day = new Date().toISOString().slice(0, 10);
  await admin('PUT', '/v1/rates/USD_INR', { rate: '90.5', as_of: day, reason: 'A test', confirm: true });
  // An instance reads the rate when it starts.
  const later = await start();
  await ask(account, 'acme/held', undefined, later);
  await ask(account, 'acme/odd', undefined, later);
  await later.close();
  const month = day.slice(0, 7);
  const read = (query = '') => mesh.call('GET', `/v1/statements/${month}${query}`, { key: account.key });
  const { body } = await eventually(
    read,
    ({ body }) => body.models.reduce((sum: number, { requests }: { requests: number }) => sum + requests, 0) === 5,
  );
  // 0.088 + 0.0905, and twice 1,083 nanos and once 1,114 (0.0123 × 90.5 = 1,113.15).
  expect(body).toMatchObject({
    currency: 'INR',
    charges: '0.17850328',
    charges_inr: '0.17850328',
    closing_balance: '99.82149672',
    rates: [{ rate: '88' }, { rate: '90.5', source: 'manual' }],
  });
  expect(body.charges_usd).toBe('0.002000039');
  expect((await mesh.call('GET', '/v1/balance', { key: account.key })).body.balance_inr).toBe('99.82149672');
  const csv = (await read('?format=csv')).text.trimEnd().split('\r\n');
  expect(csv.filter((line) => line.startsWith('charges,'))).toEqual([
    expect.stringContaining(',-0.1785,INR,-0.002,-0.1785'),
    expect.stringContaining(',-0.00000328,INR,-0.000000039,-0.00000328'),
  ]);
  expect(csv.at(-1)).toContain(',99.82149672,INR,');
  expect((await read('?format=html')).text).toContain('99.82149672 INR');
});
