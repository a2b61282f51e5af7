import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CHANGES } from '../../functions/core/changes.ts';
import { PROVIDER_KEYS } from '../../functions/core/provider-keys/provider-key.ts';
import { SEALED_SECRETS } from '../../functions/platform/secrets/sealed-secrets.ts';
import type { SecretVault } from '../../functions/platform/secrets/secret-vault.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

const canary = 'sk-canary-own-0123456789abcdef';
let mesh: Mesh;
let us: Account;
beforeAll(async () => {
  mesh = await startMesh({ privateProviders: false });
  us = await mesh.makeOwner({ key: { manage: true } });
});
afterAll(() => mesh.close());

const call = (method: string, path: string, body?: object, key = us.key, at = mesh) =>
  at.call(method, `/v1/provider-keys${path}`, { key, ...(body === undefined ? {} : { body }) });
const count = async (collection: string, at = mesh) => (await at.documents.query({ collection, limit: 100 })).length;

describe('a provider key', () => {
  test('is added, listed, changed and deleted, and its text is in no answer and no document', async () => {
    const texts: string[] = [];
    const ask = async (...asked: Parameters<typeof call>) => {
      const reply = await call(...asked);
      texts.push(reply.text);
      return reply;
    };
    const made = await ask('POST', '', { provider: 'mesh', key: canary, label: 'ours' });
    expect([made.status, made.body]).toEqual([
      201,
      expect.objectContaining({ provider: 'mesh', masked: '…cdef', fallback: 'none', status: 'active' }),
    ]);
    const { id } = made.body;
    expect((await ask('GET', '')).body).toEqual([made.body]);
    expect((await ask('GET', `/${id}`)).body).toEqual(made.body);
    expect((await ask('PATCH', `/${id}`, { fallback: 'platform' })).body).toEqual({
      ...made.body,
      fallback: 'platform',
    });
    const stored = await Promise.all(
      [PROVIDER_KEYS, SEALED_SECRETS, CHANGES, 'owners'].map((collection) =>
        mesh.documents.query({ collection, limit: 100 }),
      ),
    );
    const written = JSON.stringify([stored, mesh.log.lines], (_, part) =>
      typeof part === 'bigint' ? `${part}` : part,
    );
    for (const text of [...texts, written]) {
      expect(text).not.toContain(canary);
      expect(text).not.toContain(Buffer.from(canary).toString('base64').slice(0, 20));
    }
    expect((await ask('DELETE', `/${id}`)).status).toBe(204);
    expect([await count(PROVIDER_KEYS), await count(SEALED_SECRETS)]).toEqual([0, 0]);
    expect((await ask('GET', `/${id}`)).status).toBe(404);
  });

  test.each([
    ['an unknown provider', { provider: 'constructor', key: canary }, 'provider'],
    ['a compatible one without an address', { provider: 'compatible', key: canary }, 'base_url'],
    ['an address without TLS', { provider: 'mesh', key: canary, base_url: 'http://example.com' }, 'base_url'],
    ['a private address', { provider: 'mesh', key: canary, base_url: 'https://10.1.2.3/v1' }, 'base_url'],
    ['the address of this machine', { provider: 'mesh', key: canary, base_url: 'https://[::1]/v1' }, 'base_url'],
    ['that of the metadata', { provider: 'mesh', key: canary, base_url: 'https://169.254.169.254/' }, 'base_url'],
    ['a short form of one', { provider: 'mesh', key: canary, base_url: 'https://2130706433/' }, 'base_url'],
    ['credentials in the address', { provider: 'mesh', key: canary, base_url: 'https://a:b@example.com' }, 'base_url'],
    ['a line break in the key', { provider: 'mesh', key: `${canary}\nX-More: 1` }, 'key'],
  ])('%s is refused, and the key not repeated', async (_, body, param) => {
    const { status, body: reply, text } = await call('POST', '', body);
    expect([status, reply.error.param]).toEqual([400, param]);
    expect(text).not.toContain(canary);
    expect([await count(PROVIDER_KEYS), await count(SEALED_SECRETS)]).toEqual([0, 0]);
  });

  test('is managed by a key that manages, or an admin key for it, of its owner alone', async () => {
    const plain = await mesh.makeOwner();
    expect((await call('GET', '', undefined, plain.key)).status).toBe(403);
    const admin = (body: object) => mesh.call('POST', '/v1/admin-keys', { key: mesh.adminKey, body });
    const reader = (await admin({ scopes: ['provider_keys:read'] })).body.key;
    const body = { owner_id: us.ownerId, provider: 'mesh', key: canary };
    expect((await call('POST', '', body, reader)).status).toBe(403);
    const { id } = (await call('POST', '', body, mesh.adminKey)).body;
    expect((await call('GET', `/${id}`, undefined, reader)).body.owner_id).toBe(us.ownerId);
    expect((await call('POST', '', { ...body, owner_id: plain.ownerId })).status).toBe(404);
    await call('DELETE', `/${id}`);
  });

  test('is in the audit log, without its text', async () => {
    const { id } = (await call('POST', '', { provider: 'mesh', key: canary })).body;
    await call('DELETE', `/${id}`);
    const { text } = await mesh.call('GET', '/v1/audit-logs', { key: mesh.adminKey });
    expect(text).toContain('provider_key.create');
    expect(text).toContain('provider_key.delete');
    expect(text).not.toContain(canary);
  });
});

describe('where the store of secrets cannot be reached', () => {
  /** A store of secrets that fails when it is told to. */
  function brokenVault() {
    const held = new Map<string, string>();
    const fails = { put: false, destroy: false };
    const vault: SecretVault = {
      get: async (name) => (held.has(name) ? { value: held.get(name) ?? '', version: '1' } : null),
      async put(name, value) {
        held.set(name, value);
        // It was applied, and the answer was lost.
        if (fails.put) throw new Error(`unreachable with ${value}`);
      },
      async destroy(name) {
        if (fails.destroy) throw new Error('unreachable');
        held.delete(name);
      },
      async close() {},
    };
    return { held, fails, vault };
  }

  test('nothing of a key that is added is stored, and deleting one may be tried again', async () => {
    const { held, fails, vault } = brokenVault();
    const own = await startMesh({ vault });
    const { key } = await own.makeOwner({ key: { manage: true } });
    fails.put = true;
    const refused = await call('POST', '', { provider: 'mesh', key: canary }, key, own);
    expect([refused.status, refused.body.error.code]).toEqual([503, 'provider_not_available']);
    expect(refused.text).not.toContain(canary);
    expect([held.size, await count(PROVIDER_KEYS, own)]).toEqual([0, 0]);

    fails.put = false;
    const { id } = (await call('POST', '', { provider: 'mesh', key: canary }, key, own)).body;
    fails.destroy = true;
    expect((await call('DELETE', `/${id}`, undefined, key, own)).status).toBe(503);
    expect((await call('GET', `/${id}`, undefined, key, own)).body.status).toBe('deleted');
    expect((await call('PATCH', `/${id}`, { status: 'active' }, key, own)).status).toBe(409);
    fails.destroy = false;
    expect((await call('DELETE', `/${id}`, undefined, key, own)).status).toBe(204);
    expect([held.size, await count(PROVIDER_KEYS, own)]).toEqual([0, 0]);
    expect(JSON.stringify(own.log.lines)).not.toContain(canary);
    await own.close();
  });
});

test('no catalogue sends an owner’s key anywhere', async () => {
  const auth = { type: 'bearer', secret: 'mesh-provider-key-own_1-pk_1' };
  const { status, body } = await mesh.call('PUT', '/v1/catalogue/providers/thief', {
    key: mesh.adminKey,
    body: { format: 'chat', base_url: 'https://example.com', auth },
  });
  expect([status, body.error.code]).toEqual([400, 'invalid_request_error']);
});
