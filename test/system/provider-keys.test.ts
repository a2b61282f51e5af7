import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CHANGES } from '../../functions/core/changes.ts';
import { PROVIDER_KEYS } from '../../functions/core/provider-keys/provider-key.ts';
import { WRAPPING_KEY_BYTES } from '../../functions/core/seal/envelope.ts';
import { type Documents, StoreUnavailable } from '../../functions/core/store/documents.ts';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { createSealedSecrets, SEALED_SECRETS } from '../../functions/platform/secrets/sealed-secrets.ts';
import { connectSecretManager } from '../../functions/platform/secrets/secret-manager-secrets.ts';
import type { SecretVault } from '../../functions/platform/secrets/secret-vault.ts';
import { startSecretManager } from '../support/secret-manager.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

const canary = 'sk-canary-own-0123456789abcdef';
const PEM = String(
  generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
);
/** The file of a service account, as Google gives it, with a place for tokens that is not Google’s. */
const account = (private_key: string) =>
  JSON.stringify(
    {
      type: 'service_account',
      project_id: 'acme',
      private_key,
      client_email: 'mesh@acme.iam.gserviceaccount.com',
      token_uri: 'https://evil.example/token',
    },
    null,
    2,
  );
const aws = (secret_access_key: string) =>
  JSON.stringify({ access_key_id: 'AKIAEXAMPLE', secret_access_key, session_token: 'session' }, null, 2);
const catalogue = {
  providers: {
    clouds: { format: 'gemini', base_url: 'https://clouds.example/{model}', auth: { type: 'google' } },
    rock: {
      format: 'converse',
      base_url: 'https://rock.example',
      auth: { type: 'aws', service: 'bedrock', secret: 'rock-keys' },
    },
  },
};
let mesh: Mesh;
let us: Account;
beforeAll(async () => {
  mesh = await startMesh({ catalogue, privateProviders: false });
  us = await mesh.makeOwner({ key: { manage: true } });
});
afterAll(() => mesh.close());

const call = (method: string, path: string, body?: object, key = us.key, at = mesh) =>
  at.call(method, `/v1/provider-keys${path}`, { key, ...(body === undefined ? {} : { body }) });
const count = async (collection: string, at = mesh) => (await at.documents.query({ collection, limit: 100 })).length;

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
    ['JSON for a provider that takes none', { provider: 'mesh', key: `{"key": "${canary}"}` }, 'key'],
    ['JSON that is cut off', { provider: 'clouds', key: `{"private_key": "${canary}` }, 'key'],
    ['a service account without a key', { provider: 'clouds', key: account(canary) }, 'key'],
    ['the keys of AWS for Google', { provider: 'clouds', key: aws(canary) }, 'key'],
    ['half the keys of AWS', { provider: 'rock', key: `{"access_key_id": "${canary}"}` }, 'key'],
    ['a service account for AWS', { provider: 'rock', key: account(PEM) }, 'key'],
  ])('%s is refused, and the key not repeated', async (_, body, param) => {
    const { status, body: reply, text } = await call('POST', '', body);
    expect([status, reply.error.param]).toEqual([400, param]);
    expect(text).not.toContain(canary);
    expect([await count(PROVIDER_KEYS), await count(SEALED_SECRETS)]).toEqual([0, 0]);
  });

  test.each([
    ['clouds', account(PEM), ['private_key', 'client_email', 'type']],
    ['rock', aws(canary), ['access_key_id', 'secret_access_key', 'session_token']],
    ['rock', 'bedrock-api-key-0123456789', null],
    ['clouds', 'ya29.token-0123456789', null],
  ])('for %s may be %j, of which is kept what is used', async (provider, key, fields) => {
    const { held, vault } = brokenVault();
    const own = await startMesh({ vault, catalogue });
    const { key: manager } = await own.makeOwner({ key: { manage: true } });
    const made = await call('POST', '', { provider, key }, manager, own);
    expect(made.status).toBe(201);
    const [secret = ''] = [...held.values()];
    if (fields === null) expect(secret).toBe(key);
    else expect(Object.keys(JSON.parse(secret)).sort()).toEqual([...fields].sort());
    expect(made.text + JSON.stringify(own.log.lines)).not.toContain('PRIVATE KEY');
    await own.close();
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

/** A store in which sealed secrets cannot be written, though an answer may be lost after one was. */
function withoutSecrets(documents: Documents, applied: boolean): Pick<Documents, 'get' | 'commit'> {
  return {
    get: (collection, id) => documents.get(collection, id),
    async commit(writes) {
      const isNew = writes.some(({ kind }) => kind === 'set');
      const at = applied || !isNew ? await documents.commit(writes) : null;
      if (isNew) throw new StoreUnavailable('It cannot be reached.');
      return at;
    },
  };
}

test.each([true, false])(
  'sealed in the store, nothing is half stored where that fails (applied: %s)',
  async (applied) => {
    const documents = await openSqliteDocuments(':memory:');
    const vault = createSealedSecrets(withoutSecrets(documents, applied), randomBytes(WRAPPING_KEY_BYTES));
    const own = await startMesh({ documents, vault });
    const { key } = await own.makeOwner({ key: { manage: true } });
    const refused = await call('POST', '', { provider: 'mesh', key: canary }, key, own);
    expect([refused.status, refused.body.error.code]).toEqual([503, 'provider_not_available']);
    expect([await count(PROVIDER_KEYS, own), await count(SEALED_SECRETS, own)]).toEqual([0, 0]);
    expect(refused.text + JSON.stringify(own.log.lines)).not.toContain(canary);
    await own.close();
  },
);

test.each(['CreateSecret', 'AddSecretVersion'])(
  'in Secret Manager nothing is half stored where %s fails, and no document says that there is a key',
  async (of) => {
    const manager = await startSecretManager();
    const vault = connectSecretManager({ projectId: 'demo', client: manager.client() });
    const own = await startMesh({ vault });
    const { key } = await own.makeOwner({ key: { manage: true } });
    for (const code of [status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.PERMISSION_DENIED]) {
      manager.fail({ of, code });
      const refused = await call('POST', '', { provider: 'mesh', key: canary }, key, own);
      expect([refused.status, refused.body.error.code]).toEqual([503, 'provider_not_available']);
      expect([[...manager.held], await count(PROVIDER_KEYS, own)]).toEqual([[], 0]);
      expect(refused.text + JSON.stringify(own.log.lines)).not.toContain(canary);
    }
    manager.fail(null);
    const made = await call('POST', '', { provider: 'mesh', key: canary }, key, own);
    expect([made.status, [...manager.held.values()].map(String)]).toEqual([201, [canary]]);
    expect((await call('DELETE', `/${made.body.id}`, undefined, key, own)).status).toBe(204);
    expect([...manager.held]).toEqual([]);
    await own.close();
    await vault.close();
    manager.close();
  },
  30_000,
);

test('no catalogue sends an owner’s key anywhere', async () => {
  const auth = { type: 'bearer', secret: 'mesh-provider-key-own_1-pk_1' };
  const { status, body } = await mesh.call('PUT', '/v1/catalogue/providers/thief', {
    key: mesh.adminKey,
    body: { format: 'chat', base_url: 'https://example.com', auth },
  });
  expect([status, body.error.code]).toEqual([400, 'invalid_request_error']);
});
