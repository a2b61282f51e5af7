import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { concealCredentials } from '../../core/credentials.ts';
import type { Auth } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import { createAuthorize, type SecretLookup } from './authorize.ts';
import { refusedAccount, type ServiceAccount, type ServiceAccountTokens } from './service-accounts.ts';
import type { UpstreamRequest } from './upstream.ts';

const clock = { now: () => Date.UTC(2026, 0, 2, 3, 4, 5), monotonic: () => 0 };
const request: UpstreamRequest = {
  url: 'https://api.example.com/v1/chat?beta=1',
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{}',
};
const inMemory = (value: string): SecretLookup => ({
  peek: () => ({ value, version: '1' }),
  get: async () => {
    throw new Error('The store is asked though the secret is in memory.');
  },
});
const inStore = (value: string | null): SecretLookup => ({
  peek: () => null,
  get: async () => (value === null ? null : { value, version: '1' }),
});
const authorize = (auth: Auth, secrets: SecretLookup, googleToken: () => string | Promise<string> = () => 'adc') =>
  createAuthorize({ secrets, clock, googleToken })(makeEndpoint({ auth }), request);

const withHeader = (name: string, value: string) => ({ ...request, headers: { ...request.headers, [name]: value } });

describe.each<[string, Auth, UpstreamRequest]>([
  ['bearer', { type: 'bearer', secret: 's' }, withHeader('authorization', 'Bearer k&y')],
  ['x-api-key', { type: 'x-api-key', secret: 's' }, withHeader('x-api-key', 'k&y')],
  ['header', { type: 'header', name: 'API-Key', secret: 's' }, withHeader('api-key', 'k&y')],
  ['query', { type: 'query', name: 'key', secret: 's' }, { ...request, url: `${request.url}&key=k%26y` }],
  ['google with a secret', { type: 'google', secret: 's' }, withHeader('authorization', 'Bearer k&y')],
  [
    'aws with an API key',
    { type: 'aws', service: 'bedrock', region: 'us-east-1', secret: 's' },
    withHeader('authorization', 'Bearer k&y'),
  ],
])('%s', (_name, auth, expected) => {
  test('is added at once where the secret is in memory', () => {
    expect(authorize(auth, inMemory('k&y'))).toEqual(expected);
  });

  test('is added after the store has answered where it is not', async () => {
    const added = authorize(auth, inStore('k&y'));
    expect(added).toBeInstanceOf(Promise);
    expect(await added).toEqual(expected);
  });

  test('that is nowhere sends the request to another endpoint', async () => {
    await expect(authorize(auth, inStore(null))).rejects.toMatchObject({
      code: 'provider_not_available',
      retry: 'other',
      providerCode: 'credential_missing',
    });
  });
});

test('the request that came is not changed', () => {
  authorize({ type: 'bearer', secret: 's' }, inMemory('k'));
  expect(request.headers).toEqual({ 'content-type': 'application/json' });
});

test('none adds nothing and asks for nothing', () => {
  expect(authorize({ type: 'none' }, inStore(null))).toBe(request);
});

test('a URL without a query gets one', () => {
  const add = createAuthorize({ secrets: inMemory('k'), clock });
  const endpoint = makeEndpoint({ auth: { type: 'query', name: 'key', secret: 's' } });
  expect(add(endpoint, { ...request, url: 'https://example.com/v1' })).toMatchObject({
    url: 'https://example.com/v1?key=k',
  });
});

describe('google without a secret', () => {
  const auth: Auth = { type: 'google' };
  const expected = withHeader('authorization', 'Bearer token');

  test('is added at once from memory, or when the token has come', async () => {
    expect(authorize(auth, inStore(null), () => 'token')).toEqual(expected);
    expect(await authorize(auth, inStore(null), async () => 'token')).toEqual(expected);
  });

  test('that cannot be had sends the request to another endpoint', async () => {
    const failing = async () => Promise.reject(new Error('assertion=eyJsecret'));
    await expect(authorize(auth, inStore(null), failing)).rejects.toMatchObject({
      code: 'provider_not_available',
      retry: 'other',
    });
  });
});

describe('google with the file of a service account', () => {
  const auth: Auth = { type: 'google', secret: 's' };
  const privateKey = String(
    generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
  );
  const file = JSON.stringify({ type: 'service_account', client_email: 'a@b', private_key: privateKey });
  const authorizeBy = (serviceAccountToken: ServiceAccountTokens, value = file) =>
    createAuthorize({ secrets: inMemory(value), clock, serviceAccountToken })(makeEndpoint({ auth }), request);

  test('sends its token, and nothing of the file', async () => {
    const tokenOf = (account: ServiceAccount) => {
      expect(account).toEqual({ type: 'google', email: 'a@b', privateKey });
      return 'ya29.of-the-account';
    };
    const expected = withHeader('authorization', 'Bearer ya29.of-the-account');
    expect(authorizeBy(tokenOf)).toEqual(expected);
    expect(await authorizeBy(async (account) => tokenOf(account))).toEqual(expected);
    // Ordinary words of the file are no secrets, its token is one.
    expect(concealCredentials('a service_account with ya29.of-the-account')).toBe(
      'a service_account with [credential]',
    );
  });

  test('that Google refuses is refused as by a provider, and is not said where Google cannot be reached', async () => {
    await expect(authorizeBy(() => Promise.reject(refusedAccount()))).rejects.toMatchObject({
      code: 'upstream_error',
      providerCode: '401',
    });
    await expect(authorizeBy(() => Promise.reject(new Error(privateKey)))).rejects.toMatchObject({
      code: 'provider_not_available',
      providerCode: 'credential_unreadable',
    });
  });

  test.each(['{"type": "service_account"}', '{', '{"access_key_id": "a", "secret_access_key": "b"}'])(
    '%s is none, and is sent nowhere',
    async (value) => {
      expect(() => authorizeBy(() => 'token', value)).toThrow(
        expect.objectContaining({ providerCode: 'credential_malformed' }),
      );
    },
  );
});

test.each([
  [{ session_token: 'session-0123456789' }, 'session-0123456789'],
  [{}, undefined],
])('the keys of an AWS account with %j sign, and their session is sent', async (more, session) => {
  const auth: Auth = { type: 'aws', service: 'bedrock', region: 'us-east-1', secret: 's' };
  const keys = JSON.stringify({ access_key_id: 'AKIAEXAMPLE', secret_access_key: 'secret-0123456789', ...more });
  const { headers } = await authorize(auth, inMemory(keys));
  expect(headers.authorization).toContain('Credential=AKIAEXAMPLE/20260102/us-east-1/bedrock/aws4_request');
  expect(headers['x-amz-security-token']).toBe(session);
  expect(JSON.stringify(headers)).not.toContain('secret-0123456789');
});

describe('no error tells a secret', () => {
  const thrownBy = async (auth: Auth, secrets: SecretLookup, googleToken?: () => Promise<string>): Promise<unknown> => {
    try {
      return await authorize(auth, secrets, googleToken);
    } catch (error) {
      return error;
    }
  };
  const aws: Auth = { type: 'aws', service: 'bedrock', region: 'us-east-1', secret: 's' };

  test.each<[string, Auth, SecretLookup]>([
    ['a secret that is almost JSON', aws, inMemory('{"secret_access_key": "hunter2')],
    ['a secret without its second half', aws, inMemory('{"access_key_id": "hunter2"}')],
    ['a store that cannot be reached', aws, { peek: () => null, get: () => Promise.reject(new Error('hunter2')) }],
  ])('%s', async (_name, auth, secrets) => {
    const error = await thrownBy(auth, secrets);
    expect(error).toBeInstanceOf(MeshError);
    expect(error).toMatchObject({ code: 'provider_not_available', retry: 'other' });
    expect(JSON.stringify([error, (error as Error).message, (error as Error).cause ?? null])).not.toContain('hunter2');
  });

  test('Google', async () => {
    const error = await thrownBy({ type: 'google' }, inStore(null), () => Promise.reject(new Error('hunter2')));
    expect(`${(error as Error).message}${String((error as Error).cause)}`).not.toContain('hunter2');
  });
});
