import { describe, expect, test } from '@jest/globals';
import { KEY_BYTES, makeKey } from '../../core/keys.ts';
import { LEASE_SECONDS } from '../../core/leases/leases.ts';
import { ENTRY_DAYS } from '../../core/ledger/charge-life.ts';
import { ATTEMPT_LIMITS } from '../way/attempt-limits.ts';
import { isEmulated, readCatalogueVars, readConfig } from './config.ts';

describe('limits of one endpoint', () => {
  test('are the defaults where nothing is said, or nothing but an empty text', () => {
    expect(readConfig({}).limits).toEqual(ATTEMPT_LIMITS);
    expect(readConfig({ MESH_IDLE_SECONDS: '' }).limits).toEqual(ATTEMPT_LIMITS);
  });

  test('are seconds, with decimals', () => {
    const env = {
      MESH_CONNECT_SECONDS: '0.4',
      MESH_FIRST_TOKEN_SECONDS: '30',
      MESH_WHOLE_SECONDS: '3600',
      MESH_IDLE_SECONDS: '0.1',
    };
    expect(readConfig(env).limits).toEqual({ connect: 400, firstByte: 30_000, whole: 3_600_000, idle: 100 });
  });

  const names = ['MESH_CONNECT_SECONDS', 'MESH_FIRST_TOKEN_SECONDS', 'MESH_WHOLE_SECONDS', 'MESH_IDLE_SECONDS'];
  test.each(names.flatMap((name) => ['0', '0.05', '-1', '3601', 'soon', '5s', 'Infinity'].map((text) => [name, text])))(
    '%s=%s stops the start by name',
    (name, text) => {
      expect(() => readConfig({ [name]: text })).toThrow(`${name} must be a number from 0.1 to 3600.`);
    },
  );
});

const adminKey = makeKey('mak', new Uint8Array(KEY_BYTES));
const inferenceKey = makeKey('rsk', new Uint8Array(KEY_BYTES));

describe('an environment that says nothing', () => {
  test('is a laptop: a file, no cloud, a demo', () => {
    expect(readConfig({})).toMatchObject({
      port: 8080,
      store: { kind: 'sqlite', path: '.mesh/mesh.db' },
      events: 'local',
      secrets: 'env',
      cataloguePath: null,
      adminKey: null,
      region: 'local',
      projectId: null,
      catalogueVars: {},
      corsOrigins: [],
      demo: true,
      logLevel: 'info',
      fxUrls: null,
      leaseSeconds: LEASE_SECONDS,
      entryDays: ENTRY_DAYS,
    });
  });

  test('is what empty texts are, too', () => {
    const empty = {
      MESH_CATALOGUE: '',
      MESH_ADMIN_KEY: '',
      MESH_REGION: '',
      GOOGLE_CLOUD_PROJECT: '',
      MESH_FX_URLS: '',
    };
    expect(readConfig({ ...empty, MESH_CORS_ORIGINS: ' , ' })).toEqual(readConfig({}));
  });
});

test('what is said is read', () => {
  const env = {
    PORT: '0',
    MESH_STORE: 'firestore',
    MESH_EVENTS: 'pubsub',
    MESH_SECRETS: 'secret-manager',
    MESH_CATALOGUE: 'catalogue.json',
    MESH_ADMIN_KEY: ` ${adminKey}\n`,
    MESH_REGION: 'asia-south1',
    GOOGLE_CLOUD_PROJECT: 'acme',
    MESH_CORS_ORIGINS: 'https://a.example, https://b.example',
    MESH_LOG: 'warn',
    MESH_FX_URLS: 'https://one.test, https://two.test',
    MESH_LEASE_SECONDS: '2',
    MESH_ENTRY_DAYS: '0',
  };
  expect(readConfig(env)).toMatchObject({
    port: 0,
    store: { kind: 'firestore', emulatorHost: null },
    events: 'pubsub',
    secrets: 'secret-manager',
    cataloguePath: 'catalogue.json',
    adminKey,
    region: 'asia-south1',
    projectId: 'acme',
    catalogueVars: { project: 'acme' },
    corsOrigins: ['https://a.example', 'https://b.example'],
    demo: false,
    logLevel: 'warn',
    fxUrls: ['https://one.test', 'https://two.test'],
    leaseSeconds: 2,
    entryDays: 0,
  });
});

test('one source of the exchange rate may be said by its older name', () => {
  expect(readConfig({ MESH_FX_URL: 'https://one.test' }).fxUrls).toEqual(['https://one.test']);
});

test.each([
  ['with a newline', `${adminKey}\n`],
  ['in quotes', ` "${adminKey}" `],
])('an admin key %s is the key', (_how, text) => {
  expect(readConfig({ MESH_ADMIN_KEY: text }).adminKey).toBe(adminKey);
});

test('an admin key that is none is refused without being told', () => {
  const refused = () => readConfig({ MESH_ADMIN_KEY: inferenceKey });
  expect(refused).toThrow('MESH_ADMIN_KEY is not a well-formed mak_ key.');
});

const cloud = { GOOGLE_CLOUD_PROJECT: 'acme', MESH_ADMIN_KEY: adminKey };

test.each<[Record<string, string>, string]>([
  [{ PORT: '65536' }, 'PORT must be a number from 0 to 65535.'],
  [{ PORT: '80.5' }, 'PORT must be a number from 0 to 65535.'],
  [{ MESH_STORE: 'sqlite:' }, 'MESH_STORE must be `firestore` or `sqlite:<path>`.'],
  [{ MESH_EVENTS: 'kafka' }, 'MESH_EVENTS must be one of local, pubsub.'],
  [{ MESH_SECRETS: 'vault' }, 'MESH_SECRETS must be one of env, secret-manager.'],
  [{ MESH_DEMO: 'yes' }, 'MESH_DEMO must be one of on, off.'],
  [{ MESH_LOG: 'debug' }, 'MESH_LOG must be one of info, warn, error, silent.'],
  [{ MESH_FX_URLS: 'https://one.test,two' }, 'MESH_FX_URLS must be URLs separated by commas.'],
  [{ MESH_ENTRY_DAYS: '34' }, 'MESH_ENTRY_DAYS must be a number from 35 to 3650, or 0 for ever.'],
  [{ MESH_ENTRY_DAYS: '35.5' }, 'MESH_ENTRY_DAYS must be a number from 35 to 3650, or 0 for ever.'],
  [{ MESH_LEASE_SECONDS: '1' }, 'MESH_LEASE_SECONDS must be a number from 2 to 3600.'],
  [{ MESH_LEASE_SECONDS: '3601' }, 'MESH_LEASE_SECONDS must be a number from 2 to 3600.'],
  [{ MESH_ADMIN_KEY: `${adminKey}x` }, 'MESH_ADMIN_KEY is not a well-formed mak_ key.'],
  [{ MESH_ADMIN_KEY: inferenceKey }, 'MESH_ADMIN_KEY is not a well-formed mak_ key.'],
  [{ MESH_DEMO: 'off' }, 'MESH_ADMIN_KEY must be set to a mak_ key.'],
  [{ ...cloud, MESH_STORE: 'firestore', MESH_ADMIN_KEY: '' }, 'MESH_ADMIN_KEY must be set to a mak_ key.'],
  [{ ...cloud, MESH_STORE: 'firestore', GOOGLE_CLOUD_PROJECT: '' }, 'GOOGLE_CLOUD_PROJECT must be set.'],
  [{ MESH_EVENTS: 'pubsub' }, 'GOOGLE_CLOUD_PROJECT must be set.'],
  [{ MESH_SECRETS: 'secret-manager' }, 'GOOGLE_CLOUD_PROJECT must be set.'],
])('%j stops the start: %s', (env, message) => {
  expect(() => readConfig(env)).toThrow(new Error(message));
});

test('a key that is refused is not quoted', () => {
  expect(() => readConfig({ MESH_ADMIN_KEY: inferenceKey })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining(inferenceKey) }),
  );
});

test.each([
  ['demo-mesh', true],
  ['acme-demo-', false],
  [null, false],
])('project %s lives in emulators: %s', (projectId, emulated) => {
  expect(isEmulated({ projectId })).toBe(emulated);
});

test('the resource of Azure is a name, and no address', () => {
  expect(readCatalogueVars({ AZURE_RESOURCE_NAME: 'acme-1', GOOGLE_CLOUD_PROJECT: 'p' })).toEqual({
    azure_resource: 'acme-1',
    project: 'p',
  });
  expect(readCatalogueVars({ AZURE_RESOURCE_NAME: '' })).toEqual({});
  for (const name of ['acme.openai.azure.com', 'https://acme', 'acme/x', 'a@evil', 'evil.test#', '-a']) {
    expect(() => readCatalogueVars({ AZURE_RESOURCE_NAME: name })).toThrow('AZURE_RESOURCE_NAME');
  }
});
