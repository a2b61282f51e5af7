import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { END_USER_SPENDING } from '../../functions/core/end-users/end-user-spending.ts';
import { connectEmulator } from '../support/connect-emulator.ts';
import { describeEmulated } from '../support/describe-emulated.ts';
import { json, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

const OURS = 'sk-platform-0123456789';
const THEIRS = 'sk-owner-0123456789-6789';
const messages = [{ role: 'user', content: 'Hello' }];

describeEmulated('what owners do by themselves, on Firestore as on SQLite', () => {
  let upstream: Awaited<ReturnType<typeof startScriptedUpstream>>;
  let mesh: Mesh;
  let us: Account;

  beforeAll(async () => {
    const message = { role: 'assistant', content: 'ok' };
    upstream = await startScriptedUpstream(() =>
      json({
        ...{ id: 'x', object: 'chat.completion', created: 1, model: 'm' },
        choices: [{ index: 0, message, finish_reason: 'stop' }],
        usage: { prompt_tokens: 0, completion_tokens: 100, total_tokens: 100 },
      }),
    );
    const endpoint = { provider: 'acme', model: 'm', price: { input: '0', output: '1000' } };
    mesh = await startMesh({
      documents: connectEmulator(`demo-owners-${process.pid}`),
      env: { ACME_API_KEY: OURS },
      catalogue: {
        providers: {
          acme: { format: 'chat', base_url: upstream.url, auth: { type: 'bearer', secret: 'acme-api-key' } },
        },
        models: { 'acme/a': { context_length: 8_000, max_output_tokens: 100, endpoints: [endpoint] } },
      },
    });
    us = await mesh.makeOwner({ currency: 'INR', amount: '100', key: { manage: true } });
  }, 60_000);
  afterAll(async () => {
    await mesh.close();
    await upstream.close();
  }, 60_000);

  const call = (method: string, path: string, body?: object, key = us.key) =>
    mesh.call(method, path, { key, ...(body === undefined ? {} : { body }) });
  const admin = (method: string, path: string, body?: object) => call(method, path, body, mesh.adminKey);
  const chat = (body: object = {}, key = us.key) =>
    call('POST', '/v1/chat/completions', { model: 'acme/a', max_tokens: 100, messages, ...body }, key);
  const sentBy = () => upstream.requests.at(-1)?.headers.authorization?.replace('Bearer ', '');
  async function eventually(holds: () => Promise<boolean>): Promise<void> {
    const until = performance.now() + 20_000;
    while (!(await holds())) {
      if (performance.now() > until) throw new Error('It did not come about.');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  test('an own key is added, used, listed, suspended and deleted with its secret', async () => {
    const { id } = (await call('POST', '/v1/provider-keys', { provider: 'acme', key: THEIRS })).body;
    await eventually(async () => (await chat()).body.cost === '0' && sentBy() === THEIRS);
    expect((await call('GET', '/v1/provider-keys')).body).toMatchObject([{ id, masked: '…6789' }]);
    expect((await call('POST', `/v1/provider-keys/${id}/test`, {})).body.outcome).toBe('works');
    await call('PATCH', `/v1/provider-keys/${id}`, { status: 'suspended' });
    await eventually(async () => (await chat()).status === 200 && sentBy() === OURS);
    expect((await call('DELETE', `/v1/provider-keys/${id}`)).status).toBe(204);
    expect((await call('GET', `/v1/provider-keys/${id}`)).status).toBe(404);
    expect(await mesh.documents.query({ collection: 'sealed_secrets', limit: 1 })).toEqual([]);
  }, 60_000);

  test('admin keys have scopes and an end, are rotated, and end', async () => {
    const expires_at = '2099-01-01T00:00:00.000Z';
    const { key, id } = (await admin('POST', '/v1/admin-keys', { scopes: ['admin_keys:write'], expires_at })).body;
    expect((await call('GET', '/v1/owners', undefined, key)).status).toBe(403);
    const child = { scopes: ['admin_keys:write'] };
    expect((await call('POST', '/v1/admin-keys', child, key)).body.expires_at).toBe(expires_at);
    expect((await call('POST', '/v1/admin-keys', { ...child, expires_at: null }, key)).status).toBe(403);
    const next = (await admin('POST', `/v1/admin-keys/${id}/rotate`, { grace_seconds: 0 })).body.key;
    await eventually(async () => (await call('POST', '/v1/admin-keys', child, key)).status === 401);
    expect((await call('POST', '/v1/admin-keys', child, next)).status).toBe(201);
    await admin('DELETE', `/v1/admin-keys/${id}`);
    await eventually(async () => (await call('POST', '/v1/admin-keys', child, next)).status === 401);
  }, 60_000);

  test('templates have versions, two changes at once make two, and nothing is left of one', async () => {
    const { id } = (await call('POST', '/v1/templates', { name: '__proto__', system: 'one', model: 'acme/a' })).body;
    await Promise.all(
      ['two', 'three'].map((system) => call('PATCH', `/v1/templates/${encodeURIComponent('__proto__')}`, { system })),
    );
    expect((await call('GET', `/v1/templates/${id}`)).body.version).toBe(3);
    expect((await call('GET', `/v1/templates/${id}/versions`)).body).toHaveLength(3);
    expect((await chat({ template: '__proto__@1' })).status).toBe(200);
    expect(JSON.parse(upstream.requests.at(-1)?.body ?? '').messages[0]).toEqual({ role: 'system', content: 'one' });
    // Longer than an id of Firestore's may be.
    expect((await chat({ template: 'x'.repeat(3_000) })).status).toBe(404);
    expect((await call('DELETE', `/v1/templates/${id}`)).status).toBe(204);
    for (const collection of ['templates', 'template_versions', 'template_names']) {
      expect(await mesh.documents.query({ collection, limit: 1 })).toEqual([]);
    }
  }, 60_000);

  test('caps of end users hold for requests at once, and an erased user is nowhere, while money stays', async () => {
    // Each answer is 0.1 dollars: 8.8 rupees.
    const capped = await mesh.makeOwner({
      currency: 'INR',
      amount: '100',
      key: { manage: true, end_user_caps: { daily: '20' } },
    });
    const ask = (user: string) => chat({ user }, capped.key);
    const replies = await Promise.all(Array.from({ length: 5 }, () => ask('ann')));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 200, 402, 402, 402]);
    expect((await ask('bob')).status).toBe(200);
    const erase = async () => (await call('POST', '/v1/end-users/erase', { user: 'ann' }, capped.key)).body;
    let erased = 0;
    await eventually(async () => {
      const told = await erase();
      erased += told.erased;
      return told.done && erased === 2;
    });
    expect(await erase()).toEqual({ erased: 0, running: 0, done: true });
    const users = await mesh.documents.query({ collection: END_USER_SPENDING });
    expect(users.map(({ data }) => data.end_user)).toEqual([mesh.services.hashUser(capped.ownerId, 'bob')]);
    const events = (await call('POST', '/v1/usage/events', {}, capped.key)).body.data;
    expect(events.filter(({ end_user }: { end_user: unknown }) => end_user === null)).toHaveLength(2);
    const month = new Date().toISOString().slice(0, 7);
    const statement = () => call('GET', `/v1/statements/${month}`, undefined, capped.key);
    await eventually(async () => (await statement()).body.charges === '26.4');
    expect((await statement()).body).toMatchObject({ charges_usd: '0.3', closing_balance: '73.6' });
    expect((await capped.balance()).balance_inr).toBe('73.6');
  }, 60_000);

  test('the audit log has each of these acts once, in the order in which they were done', async () => {
    const { data } = (await admin('GET', `/v1/audit-logs?owner_id=${us.ownerId}`)).body;
    expect(data.map(({ act }: { act: string }) => act)).toEqual([
      'template.delete',
      'template.update',
      'template.update',
      'template.create',
      'provider_key.delete',
      'provider_key.update',
      'provider_key.create',
      'key.create',
      'owner.topup',
      'owner.create',
    ]);
    expect(data.slice(0, 7).map(({ actor }: { actor: string }) => actor)).toEqual(Array(7).fill(`key:${us.keyId}`));
    const csv = await admin('GET', `/v1/audit-logs?owner_id=${us.ownerId}&format=csv`);
    expect(csv.text.trimEnd().split('\r\n')).toHaveLength(11);
  }, 60_000);
});
