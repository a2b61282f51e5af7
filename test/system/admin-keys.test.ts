import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { adminScopes } from '../../functions/core/admin-scopes.ts';
import { type Mesh, startMesh } from '../support/start-mesh.ts';

let mesh: Mesh;
beforeAll(async () => {
  mesh = await startMesh();
});
afterAll(() => mesh.close());

const call = (key: string, method: string, path: string, body?: object) =>
  mesh.call(method, path, { key, ...(body === undefined ? {} : { body }) });
const admin = (method: string, path: string, body?: object) => call(mesh.adminKey, method, path, body);
const chat = (key: string) =>
  call(key, 'POST', '/v1/chat/completions', { model: 'mesh/echo', messages: [{ role: 'user', content: 'hi' }] });
const until = async (condition: () => Promise<boolean>) => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
};

describe('an admin key', () => {
  const mint = async (scopes: string[], by = mesh.adminKey) =>
    call(by, 'POST', '/v1/admin-keys', { label: 'support', scopes });

  test('may do what its scopes say, and nothing else', async () => {
    const { ownerId } = await mesh.makeOwner();
    const { key } = (await mint(['keys:read', 'usage:read'])).body;
    expect((await call(key, 'GET', `/v1/keys?owner_id=${ownerId}`)).status).toBe(200);
    expect((await call(key, 'POST', '/v1/usage', { owner_id: ownerId })).status).toBe(200);
    for (const [method, path, scope] of [
      ['GET', `/v1/owners/${ownerId}`, 'owners:read'],
      ['POST', `/v1/owners/${ownerId}/topups`, 'money:write'],
      ['POST', '/v1/keys', 'keys:write'],
      ['GET', '/v1/admin-keys', 'admin_keys:read'],
      ['GET', '/v1/audit-logs', 'audit:read'],
    ] as const) {
      const { status, body } = await call(key, method, path, method === 'GET' ? undefined : {});
      expect([status, body.error.details]).toEqual([403, { scope }]);
    }
  });

  test('without usage:read sees no usage', async () => {
    const { key } = (await mint(['keys:read'])).body;
    expect((await call(key, 'POST', '/v1/usage', {})).status).toBe(403);
  });

  test('gives nobody what it has not', async () => {
    const { key } = (await mint(['admin_keys:write', 'keys:read'])).body;
    expect((await mint(['keys:read'], key)).status).toBe(201);
    expect((await mint(['keys:read', 'money:write'], key)).status).toBe(403);
    const all = (await mint([...adminScopes])).body;
    expect((await call(key, 'POST', `/v1/admin-keys/${all.id}/rotate`, {})).status).toBe(403);
  });

  test('gives nothing that lasts longer than itself, also by its text of before a rotation', async () => {
    const end = '2099-01-01T00:00:00.000Z';
    const later = '2099-01-01T00:00:00.001Z';
    const scopes = ['admin_keys:write', 'keys:read'];
    const made = async (by: string, expires_at?: string | null) =>
      call(by, 'POST', '/v1/admin-keys', {
        scopes: ['keys:read'],
        ...(expires_at === undefined ? {} : { expires_at }),
      });
    const parent = (await admin('POST', '/v1/admin-keys', { scopes, expires_at: end })).body;
    expect((await made(parent.key)).body.expires_at).toBe(end);
    expect((await made(parent.key, end)).status).toBe(201);
    for (const more of [null, later]) {
      const { status, body } = await made(parent.key, more);
      expect([status, body.error.param]).toEqual([403, 'expires_at']);
    }
    const endless = (await mint(['keys:read'])).body;
    expect((await call(parent.key, 'POST', `/v1/admin-keys/${endless.id}/rotate`, {})).status).toBe(403);
    // Whoever has the text of before has it until its grace is over, and nothing beyond that.
    const rotated = (await call(parent.key, 'POST', `/v1/admin-keys/${parent.id}/rotate`, { grace_seconds: 600 })).body;
    expect(rotated.expires_at).toBe(end);
    await until(async () => (await made(parent.key, end)).status === 403);
    expect((await call(parent.key, 'POST', `/v1/admin-keys/${parent.id}/rotate`, {})).status).toBe(403);
    expect((await made(parent.key)).body.expires_at).toBe(rotated.previous_until);
    expect((await made(rotated.key, end)).status).toBe(201);
    // The one that the configuration names has no end.
    expect((await mint(['keys:read'])).body.expires_at).toBeNull();
  });

  test('is shown once, and its text stands nowhere', async () => {
    const { key, id } = (await mint(['keys:read'])).body;
    const listed = await admin('GET', '/v1/admin-keys');
    expect(listed.body.map((each: { id: string }) => each.id)).toContain(id);
    expect(listed.text + mesh.log.lines.join('')).not.toContain(key);
  });

  test('ends at once when it is suspended, and when its time is over', async () => {
    const { key, id } = (await mint(['keys:read'])).body;
    expect((await call(key, 'GET', '/v1/keys')).status).toBe(200);
    await admin('DELETE', `/v1/admin-keys/${id}`);
    await until(async () => (await call(key, 'GET', '/v1/keys')).status === 401);
    const past = { scopes: ['keys:read'], expires_at: '2026-01-01T00:00:00Z' };
    const over = (await admin('POST', '/v1/admin-keys', past)).body.key;
    expect((await call(over, 'GET', '/v1/keys')).status).toBe(401);
  });

  test('is rotated: both texts work until the grace is over', async () => {
    const { key, id } = (await mint(['keys:read'])).body;
    const { key: next } = (await admin('POST', `/v1/admin-keys/${id}/rotate`, { grace_seconds: 60 })).body;
    for (const each of [key, next]) expect((await call(each, 'GET', '/v1/keys')).status).toBe(200);
    const { key: last } = (await admin('POST', `/v1/admin-keys/${id}/rotate`, { grace_seconds: 0 })).body;
    await until(async () => (await call(next, 'GET', '/v1/keys')).status === 401);
    expect((await call(last, 'GET', '/v1/keys')).status).toBe(200);
  });
});

describe('an inference key', () => {
  test('is rotated: the same key, with all it has spent, under a new text', async () => {
    const { key, keyId } = await mesh.makeOwner();
    await chat(key);
    const { body } = await admin('POST', `/v1/keys/${keyId}/rotate`, { grace_seconds: 60 });
    expect(body).toMatchObject({ id: keyId, previous_until: expect.any(String) });
    for (const each of [key, body.key]) expect((await chat(each)).status).toBe(200);
    const used = async () => (await call(body.key, 'POST', '/v1/usage', { group_by: ['key'] })).body.data;
    await until(async () => (await used())[0]?.requests === 3);
    expect(await used()).toMatchObject([{ key: keyId }]);
    expect((await admin('GET', '/v1/keys')).body.filter((each: { id: string }) => each.id === keyId)).toHaveLength(1);
  });

  test('stops under its old text when the grace is over, and under both when it is suspended', async () => {
    const { key, keyId } = await mesh.makeOwner();
    const second = (await admin('POST', `/v1/keys/${keyId}/rotate`, { grace_seconds: 0 })).body.key;
    await until(async () => (await chat(key)).status === 403);
    const third = (await admin('POST', `/v1/keys/${keyId}/rotate`, { grace_seconds: 0 })).body.key;
    await until(async () => (await chat(second)).status === 403);
    expect((await chat(third)).status).toBe(200);
    await admin('PATCH', `/v1/keys/${keyId}`, { status: 'suspended' });
    await until(async () => (await chat(third)).status === 403);
  });
});

test('an admin key that is deleted ends with its texts of before', async () => {
  const made = (await admin('POST', '/v1/admin-keys', { scopes: ['audit:read'] })).body;
  const rotated = (await admin('POST', `/v1/admin-keys/${made.id}/rotate`, { grace_seconds: 3_600 })).body;
  expect((await call(made.key, 'GET', '/v1/audit-logs')).status).toBe(200);
  expect((await admin('DELETE', `/v1/admin-keys/${made.id}`)).status).toBe(204);
  for (const text of [made.key, rotated.key]) expect((await call(text, 'GET', '/v1/audit-logs')).status).not.toBe(200);
});

test('a rotation without grace ends every text of before', async () => {
  const { key, keyId } = await mesh.makeOwner();
  const rotate = async (grace_seconds: number) =>
    (await admin('POST', `/v1/keys/${keyId}/rotate`, { grace_seconds })).body.key as string;
  const [second, third] = [await rotate(3_600), await rotate(3_600)];
  for (const text of [key, second, third]) expect((await chat(text)).status).toBe(200);
  const last = await rotate(0);
  expect((await chat(last)).status).toBe(200);
  for (const text of [key, second, third]) expect((await chat(text)).status).not.toBe(200);
});

test('so does one of an admin key', async () => {
  const made = (await admin('POST', '/v1/admin-keys', { scopes: ['audit:read'] })).body;
  const rotate = async (grace_seconds: number) =>
    (await admin('POST', `/v1/admin-keys/${made.id}/rotate`, { grace_seconds })).body.key as string;
  const [second, last] = [await rotate(3_600), await rotate(0)];
  expect((await call(last, 'GET', '/v1/audit-logs')).status).toBe(200);
  for (const text of [made.key, second]) expect((await call(text, 'GET', '/v1/audit-logs')).status).not.toBe(200);
});

describe('a key that manages', () => {
  const limits = {
    manage: true,
    allowed_models: ['mesh/echo'],
    rpm_limit: 50,
    rpd_limit: 500,
    tpm_limit: 9_000,
    concurrency_limit: 5,
    spend_caps: { daily: '1', weekly: '3', monthly: null, total: null },
    end_user_caps: { daily: '0.5', weekly: '0.7', monthly: null, total: null },
    expires_at: '2099-01-01T00:00:00Z',
  };

  test('makes, changes, rotates and suspends keys of its owner, each with its own limits where none are named', async () => {
    const { key, ownerId } = await mesh.makeOwner({ key: limits });
    const made = await call(key, 'POST', '/v1/keys', { label: 'mine', rpm_limit: 7 });
    const expected = {
      ...limits,
      manage: false,
      rpm_limit: 7,
      label: 'mine',
      owner_id: ownerId,
    };
    expect(made.body).toMatchObject({ ...expected, expires_at: '2099-01-01T00:00:00.000Z' });
    expect((await chat(made.body.key)).status).toBe(200);
    expect((await call(key, 'PATCH', `/v1/keys/${made.body.id}`, { rpm_limit: 50 })).body.rpm_limit).toBe(50);
    expect((await call(key, 'POST', `/v1/keys/${made.body.id}/rotate`, {})).status).toBe(200);
    expect((await call(key, 'GET', '/v1/keys')).body).toHaveLength(2);
    expect((await call(key, 'DELETE', `/v1/keys/${made.body.id}`)).status).toBe(204);
  });

  test.each([
    ['manage', { manage: true }],
    ['allowed_models', { allowed_models: null }],
    ['allowed_models', { allowed_models: ['mesh/echo', 'openai/gpt-5'] }],
    ['rpm_limit', { rpm_limit: 51 }],
    ['rpm_limit', { rpm_limit: null }],
    ['spend_caps.daily', { spend_caps: null }],
    ['spend_caps.daily', { spend_caps: { daily: '1.01' } }],
    ['spend_caps.daily', { spend_caps: { monthly: '1' } }],
    ['spend_caps.weekly', { spend_caps: { daily: '1', weekly: '3.000000001' } }],
    ['spend_caps.weekly', { spend_caps: { daily: '1', weekly: null } }],
    ['end_user_caps.daily', { end_user_caps: null }],
    ['end_user_caps.weekly', { end_user_caps: { daily: '0.5' } }],
    ['end_user_caps.weekly', { end_user_caps: { daily: '0.5', weekly: '0.71' } }],
    ['allowed_regions', { allowed_regions: ['eu', 'us'] }],
    ['rpd_limit', { rpd_limit: 501 }],
    ['tpm_limit', { tpm_limit: null }],
    ['concurrency_limit', { concurrency_limit: 6 }],
    ['expires_at', { expires_at: null }],
    ['expires_at', { expires_at: '2099-01-02T00:00:00Z' }],
  ])('never gives more than it has: %s %j', async (param, more) => {
    const { key, keyId } = await mesh.makeOwner({ key: { ...limits, allowed_regions: ['eu'] } });
    const made = await call(key, 'POST', '/v1/keys', more);
    expect([made.status, made.body.error.param]).toEqual([403, param]);
    expect((await call(key, 'PATCH', `/v1/keys/${keyId}`, more)).status).toBe(403);
  });

  test('gets no text of a key that may do more, and makes a cap in dollars smaller', async () => {
    const { key, ownerId, keyId } = await mesh.makeOwner({
      key: { manage: true, spend_cap_usd: '1', end_user_caps: { daily: '1' } },
    });
    for (const more of [{}, { manage: true }, { spend_cap_usd: '2' }, { spend_cap_usd: '1' }]) {
      const { id } = (await admin('POST', '/v1/keys', { owner_id: ownerId, ...more })).body;
      expect((await call(key, 'POST', `/v1/keys/${id}/rotate`, {})).status).toBe(403);
    }
    const made = await call(key, 'POST', '/v1/keys', { spend_cap_usd: '0.5' });
    expect(made.status).toBe(201);
    expect((await call(key, 'POST', `/v1/keys/${made.body.id}/rotate`, {})).status).toBe(200);
    expect((await call(key, 'POST', `/v1/keys/${keyId}/rotate`, {})).status).toBe(200);
  });

  test('does not activate a key that may do more', async () => {
    const { key, ownerId } = await mesh.makeOwner({ key: { manage: true, rpm_limit: 50 } });
    const bring = async (more: object) => {
      const { id } = (await admin('POST', '/v1/keys', { owner_id: ownerId, ...more })).body;
      await admin('DELETE', `/v1/keys/${id}`);
      return (await call(key, 'PATCH', `/v1/keys/${id}`, { status: 'active' })).status;
    };
    expect(await bring({ rpm_limit: 51 })).toBe(403);
    expect(await bring({ rpm_limit: 50 })).toBe(200);
  });

  test('with its text of before a rotation gives nothing that outlives the grace, and gets no new text', async () => {
    const { key, keyId } = await mesh.makeOwner({ key: { manage: true } });
    const grace = { grace_seconds: 600 };
    const next = (await call(key, 'POST', `/v1/keys/${keyId}/rotate`, grace)).body;
    const isHeard = async () => (await call(key, 'POST', '/v1/keys', {})).body.expires_at !== null;
    await until(isHeard);
    expect((await call(key, 'POST', '/v1/keys', {})).body.expires_at).toBe(next.previous_until);
    expect((await call(key, 'POST', '/v1/keys', { expires_at: null })).status).toBe(403);
    expect((await call(key, 'POST', `/v1/keys/${keyId}/rotate`, grace)).status).toBe(403);
    const other = (await call(next.key, 'POST', '/v1/keys', {})).body;
    expect(other.expires_at).toBeNull();
    expect((await call(key, 'POST', `/v1/keys/${other.id}/rotate`, grace)).status).toBe(403);
    expect((await call(next.key, 'POST', `/v1/keys/${keyId}/rotate`, grace)).status).toBe(200);
  });

  test('is the only inference key that may, and sees no other owner’s keys', async () => {
    const ours = await mesh.makeOwner({ key: limits });
    const others = await mesh.makeOwner();
    expect((await call(others.key, 'GET', '/v1/keys')).status).toBe(403);
    for (const [method, path, body] of [
      ['GET', `/v1/keys/${others.keyId}`],
      ['PATCH', `/v1/keys/${others.keyId}`, { label: 'x' }],
      ['DELETE', `/v1/keys/${others.keyId}`],
      ['POST', `/v1/keys/${others.keyId}/rotate`, {}],
      ['GET', `/v1/keys/${others.keyId}/limits`],
      ['POST', '/v1/keys', { owner_id: others.ownerId }],
      ['GET', `/v1/keys?owner_id=${others.ownerId}`],
    ] as const) {
      expect((await call(ours.key, method, path, body)).status).toBe(404);
    }
  });
});

describe('the audit log', () => {
  test('says who did what, in JSON and in CSV, and pages', async () => {
    const { key, ownerId, keyId } = await mesh.makeOwner({ key: { manage: true } });
    await call(key, 'PATCH', `/v1/keys/${keyId}`, { label: '=1+1' });
    const { body } = await admin('GET', `/v1/audit-logs?owner_id=${ownerId}`);
    expect(body.data.map(({ act, actor }: { act: string; actor: string }) => [act, actor])).toEqual([
      ['key.update', `key:${keyId}`],
      ['key.create', 'admin:configured'],
      ['owner.topup', 'admin:configured'],
      ['owner.create', 'admin:configured'],
    ]);
    expect(JSON.stringify(body)).not.toContain('key_hash');
    const first = (await admin('GET', `/v1/audit-logs?owner_id=${ownerId}&limit=2`)).body;
    const rest = (await admin('GET', `/v1/audit-logs?owner_id=${ownerId}&before=${first.next_before}`)).body;
    const ids = [...first.data, ...rest.data].map(({ id }: { id: string }) => id);
    expect(new Set(ids)).toEqual(new Set(body.data.map(({ id }: { id: string }) => id)));
    const csv = await admin('GET', `/v1/audit-logs?owner_id=${ownerId}&format=csv`);
    expect(csv.text.split('\r\n')[0]).toBe('id,at,act,actor,request_id,about');
    expect(csv.text.split('\r\n')).toHaveLength(6);
  });
});
