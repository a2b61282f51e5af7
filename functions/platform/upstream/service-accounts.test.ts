import { createVerify, generateKeyPairSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import {
  createServiceAccountTokens,
  type Exchange,
  exchangeAtGoogle,
  MAX_SERVICE_ACCOUNTS,
  REFUSED_AGE_MS,
  refusedAccount,
} from './service-accounts.ts';

const keys = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const privateKey = String(keys.privateKey.export({ type: 'pkcs8', format: 'pem' }));
const ours = { email: 'mesh@acme.iam.gserviceaccount.com', privateKey };

function world(answer: (email: string) => string) {
  const time = { now: 1_000_000 };
  const asked: string[] = [];
  const exchange: Exchange = async ({ email }, now) => {
    asked.push(email);
    return { text: answer(email), expiresAt: now + 3_600_000 };
  };
  const clock = { now: () => time.now, monotonic: () => time.now };
  return { time, asked, tokenOf: createServiceAccountTokens(clock, exchange) };
}

test('a token is fetched once for each account, however many requests wait, and no account has another’s', async () => {
  const { asked, tokenOf } = world((email) => `token of ${email}`);
  const other = { ...ours, email: 'other@acme' };
  expect(await Promise.all([ours, ours, other].map((each) => tokenOf(each)))).toEqual([
    `token of ${ours.email}`,
    `token of ${ours.email}`,
    'token of other@acme',
  ]);
  expect(tokenOf(ours)).toBe(`token of ${ours.email}`);
  expect(asked).toEqual([ours.email, 'other@acme']);
});

test('an account whose key is another one has a token of its own', async () => {
  const { asked, tokenOf } = world(() => 'token');
  await tokenOf(ours);
  await tokenOf({ ...ours, privateKey: 'another' });
  expect(asked).toHaveLength(2);
});

test('one that was revoked is refused, and Google is not asked with each request', async () => {
  const { time, asked, tokenOf } = world(() => {
    throw refusedAccount();
  });
  for (let n = 0; n < 3; n++) {
    await expect(tokenOf(ours)).rejects.toMatchObject({ code: 'upstream_error', providerCode: '401' });
  }
  expect(asked).toHaveLength(1);
  time.now += REFUSED_AGE_MS;
  await expect(tokenOf(ours)).rejects.toThrow();
  expect(asked).toHaveLength(2);
});

test('so many are kept, and the one that was used longest ago goes', async () => {
  const { asked, tokenOf } = world(() => 'token');
  const account = (n: number) => ({ email: `${n}`, privateKey: 'k' });
  for (let n = 0; n < MAX_SERVICE_ACCOUNTS; n++) await tokenOf(account(n));
  await tokenOf(account(0));
  await tokenOf(account(MAX_SERVICE_ACCOUNTS));
  await tokenOf(account(0));
  expect(asked).toHaveLength(MAX_SERVICE_ACCOUNTS + 1);
  await tokenOf(account(1));
  expect(asked).toHaveLength(MAX_SERVICE_ACCOUNTS + 2);
});

/** Google’s place for tokens, as its documentation describes it. */
function google(status: number, body: object) {
  const calls: { url: string; body: URLSearchParams }[] = [];
  const fetchBy = (async (url: string | URL | Request, init?: RequestInit) => {
    calls.push({ url: String(url), body: new URLSearchParams(String(init?.body)) });
    return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
  }) as typeof fetch;
  return { calls, exchange: exchangeAtGoogle(fetchBy) };
}

test('Google is asked with what the account’s key has signed, and nobody else', async () => {
  const { calls, exchange } = google(200, { access_token: 'ya29.x', expires_in: 3_599, token_type: 'Bearer' });
  const before = Date.now();
  const { text, expiresAt } = await exchange(ours, before);
  expect(text).toBe('ya29.x');
  expect(expiresAt - before).toBeGreaterThan(3_500_000);
  expect(expiresAt - before).toBeLessThan(3_700_000);
  const [call] = calls;
  expect(call?.url).toBe('https://oauth2.googleapis.com/token');
  const [head = '', claims = '', signature = ''] = call?.body.get('assertion')?.split('.') ?? [];
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
    iss: ours.email,
    scope: 'https://www.googleapis.com/auth/cloud-platform',
    aud: 'https://oauth2.googleapis.com/token',
  });
  const verify = createVerify('RSA-SHA256').update(`${head}.${claims}`);
  expect(verify.verify(keys.publicKey, signature, 'base64url')).toBe(true);
});

test.each([400, 401])('a %s of Google’s means that the account is refused', async (status) => {
  const { exchange } = google(status, { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' });
  await expect(exchange(ours, 0)).rejects.toMatchObject({ code: 'upstream_error', providerCode: '401' });
});

test('where Google cannot be reached, nobody’s account is refused', async () => {
  const exchange = exchangeAtGoogle(() => Promise.reject(new TypeError('fetch failed')));
  const error: unknown = await exchange(ours, 0).catch((thrown: unknown) => thrown);
  expect(error).not.toMatchObject({ providerCode: '401' });
  expect(error).toBeInstanceOf(Error);
});
