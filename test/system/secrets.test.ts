import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ALERTS } from '../../functions/core/alerts/alerts.ts';
import {
  cacheSecrets,
  MAX_STALE_MS,
  REFRESH_AGE_MS,
  RETRY_AGE_MS,
} from '../../functions/platform/secrets/cached-secrets.ts';
import type { Secret } from '../../functions/platform/secrets/secrets.ts';
import { SECRETS_CHECK_MS } from '../../functions/router/start/own-jobs.ts';
import { works } from '../support/answers.ts';
import { silentLog } from '../support/memory-log.ts';
import { json, type ScriptedUpstream, type Step, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type CallReply, type Mesh, startMesh } from '../support/start-mesh.ts';

const MINUTE_MS = 60_000;
const OLD = 'sk-old-0123456789abcdef';
const NEW = 'sk-new-0123456789abcdef';
/** Four tokens in and two out, at $3 and $15 per million. */
const COST = 0.000042;

/** What the store of secrets has, whether it can be reached, and by how much its cache's clock is ahead. */
let store: { secret: Secret; reachable: boolean };
let aheadMs: number;
/** Keys that the provider takes, and what it says to others. */
let accepted: Set<string>;
let refusal: () => Step[];
let first: ScriptedUpstream;
let second: ScriptedUpstream;
let mesh: Mesh;
let account: Account;

beforeEach(async () => {
  store = { secret: { value: OLD, version: '1' }, reachable: true };
  aheadMs = 0;
  accepted = new Set([OLD]);
  refusal = () => json({ error: { message: 'Incorrect API key provided' } }, 401);
  first = await startScriptedUpstream((request) => (accepted.has(keyOf(request)) ? works(request) : refusal()));
  second = await startScriptedUpstream(works);
  const price = { input: '3', output: '15' };
  const model = (...providers: string[]) => ({
    context_length: 100_000,
    max_output_tokens: 1_000,
    endpoints: providers.map((provider) => ({ provider, model: 'm', price })),
  });
  const keyed = { type: 'bearer', secret: 'acme-api-key' };
  mesh = await startMesh({
    secrets: cacheSecrets(
      {
        async get() {
          if (!store.reachable) throw new Error('unreachable');
          return store.secret;
        },
        async close() {},
      },
      { now: () => Date.now() + aheadMs, monotonic: () => performance.now() + aheadMs },
      silentLog,
    ),
    catalogue: {
      providers: {
        p0: { format: 'chat', base_url: `${first.url}/v1`, auth: keyed },
        gemini: { format: 'gemini', base_url: `${first.url}/{model}`, auth: keyed },
        p1: { format: 'chat', base_url: `${second.url}/v1`, auth: { type: 'none' } },
      },
      models: { 'acme/one': model('p0'), 'acme/two': model('p0', 'p1'), 'acme/gemini': model('gemini') },
    },
  });
  account = await mesh.makeOwner({ key: { rpm_limit: null } });
});

afterEach(async () => {
  await mesh.close();
  await first.close();
  await second.close();
});

const keyOf = ({ headers }: { headers: Readonly<Record<string, string>> }) =>
  (headers.authorization ?? '').replace('Bearer ', '');
const keysUsed = () => first.requests.map(keyOf);

const ask = (model: string, streamed = false): Promise<CallReply> =>
  mesh.call('POST', '/v1/chat/completions', {
    key: account.key,
    body: {
      model,
      stream: streamed,
      messages: [{ role: 'user', content: 'Say hello, please.' }],
      provider: { order: ['p0'] },
    },
  });

const alerts = () => mesh.documents.query({ collection: ALERTS });
const attemptsOf = async ({ headers }: CallReply) =>
  (await mesh.call('GET', `/v1/usage/events/${headers.get('x-mesh-request-id')}/attempts`, { key: account.key })).body;

function rotate(): void {
  store.secret = { value: NEW, version: '2' };
}

test('a provider that takes only the new key is asked again with it, and nobody sees anything of that', async () => {
  expect((await ask('acme/one')).status).toBe(200);
  rotate();
  accepted = new Set([NEW]);
  const replies = await Promise.all(Array.from({ length: 30 }, (_, n) => ask('acme/one', n % 2 === 0)));
  expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
  expect(replies.every(({ headers }) => headers.get('x-mesh-routing-attempts') === '1')).toBe(true);
  const [reply] = replies as [CallReply];
  expect(await attemptsOf(reply)).toEqual([expect.objectContaining({ endpoint: 'p0/m', outcome: 'ok' })]);

  // From now on the old key is used no more.
  const asked = first.requests.length;
  await ask('acme/one');
  expect(keysUsed().slice(asked)).toEqual([NEW]);
  expect(await alerts()).toEqual([]);
  expect((await mesh.call('GET', '/v1/breakers', { key: mesh.adminKey })).body).toEqual([]);
  expect(Number((await account.balance()).balance_usd)).toBeCloseTo(10 - 32 * COST, 9);
});

test('a new version is used within a minute, without a restart and while the old one still works', async () => {
  accepted = new Set([OLD, NEW]);
  await ask('acme/one');
  rotate();
  aheadMs += REFRESH_AGE_MS + 1;
  // This one starts the refresh, and waits for nothing.
  await ask('acme/one');
  await ask('acme/one');
  expect(keysUsed()).toEqual([OLD, OLD, NEW]);
});

test('nobody has to ask for a secret for it to be refreshed in time', () => {
  expect(REFRESH_AGE_MS + SECRETS_CHECK_MS + RETRY_AGE_MS).toBeLessThan(MINUTE_MS);
});

test('a refused key that has no newer one moves on to another endpoint, raises one alert, and is left alone for a while', async () => {
  accepted = new Set();
  const reply = await ask('acme/two');
  expect([reply.status, reply.headers.get('x-mesh-routing-provider')]).toEqual([200, 'p1']);
  expect(await attemptsOf(reply)).toEqual([
    expect.objectContaining({ endpoint: 'p0/m', outcome: 'upstream_error', provider_code: '401' }),
    expect.objectContaining({ endpoint: 'p1/m', outcome: 'ok' }),
  ]);
  for (let n = 0; n < 5; n++) await ask('acme/two', n % 2 === 0);
  expect(first.requests).toHaveLength(1);
  const raised = await alerts();
  expect(raised.map(({ data }) => [data.kind, data.facts])).toEqual([
    ['credential_refused', { secret: 'acme-api-key', endpoint: 'p0/m', status: 401n }],
  ]);
  expect(JSON.stringify(raised, (_name, value) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(
    OLD,
  );
});

test('a newest key that is refused as well raises the alert', async () => {
  await ask('acme/two');
  rotate();
  accepted = new Set();
  expect((await ask('acme/two')).headers.get('x-mesh-routing-provider')).toBe('p1');
  expect(keysUsed()).toEqual([OLD, OLD, NEW]);
  expect(await alerts()).toHaveLength(1);
});

test('a key that is refused with 400, as Gemini does, is renewed as well', async () => {
  rotate();
  // The router read the old one when it started.
  accepted = new Set();
  refusal = () => json({ error: { code: 400, status: 'INVALID_ARGUMENT', message: 'API key not valid.' } }, 400);
  const reply = await ask('acme/gemini');
  expect(keysUsed()).toEqual([OLD, NEW]);
  expect(reply.body.error).toMatchObject({ code: 'upstream_error', provider_code: '401' });
});

test('content that a provider refuses with 403 is its caller’s mistake, and no alert about our key', async () => {
  accepted = new Set();
  refusal = () => json({ error: { message: 'This violates our usage policy.' } }, 403);
  const reply = await ask('acme/two');
  expect([reply.status, reply.body.error.code]).toEqual([400, 'content_policy_violation']);
  expect(first.requests).toHaveLength(1);
  expect(await alerts()).toEqual([]);
});

test('while the store of secrets cannot be reached the old one serves, but not for ever', async () => {
  await ask('acme/two');
  store.reachable = false;
  aheadMs += MAX_STALE_MS - MINUTE_MS;
  expect((await ask('acme/two')).headers.get('x-mesh-routing-provider')).toBe('p0');
  aheadMs += 2 * MINUTE_MS;
  const reply = await ask('acme/two');
  expect([reply.status, reply.headers.get('x-mesh-routing-provider')]).toEqual([200, 'p1']);
  expect((await attemptsOf(reply))[0]).toMatchObject({ endpoint: 'p0/m', provider_code: 'credential_unreadable' });
  const alone = await ask('acme/one');
  expect([alone.status, alone.body.error.code]).toEqual([503, 'provider_not_available']);
  // It says nothing of the provider.
  expect((await mesh.call('GET', '/v1/breakers', { key: mesh.adminKey })).body).toEqual([]);
  store.reachable = true;
  expect((await ask('acme/one')).status).toBe(200);
});
