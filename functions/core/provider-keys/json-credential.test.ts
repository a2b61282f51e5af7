import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { isJsonCredential, parseJsonCredential, storedJson } from './json-credential.ts';

const pem = (type: 'rsa' | 'ed25519') =>
  type === 'rsa'
    ? generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ type: 'pkcs8', format: 'pem' })
    : generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
const file = {
  type: 'service_account',
  project_id: 'acme',
  private_key_id: '1',
  private_key: String(pem('rsa')),
  client_email: 'mesh@acme.iam.gserviceaccount.com',
  token_uri: 'https://evil.example/token',
  universe_domain: 'evil.example',
};

test('a service account is read as Google’s file has it, and of its addresses nothing is kept', () => {
  const text = JSON.stringify(file, null, 2);
  const credential = parseJsonCredential(text);
  expect(credential).toEqual({ type: 'google', email: file.client_email, privateKey: file.private_key });
  const stored = credential === null ? '' : storedJson(credential);
  expect(stored).not.toContain('evil');
  expect(stored).not.toContain('\n');
  expect(parseJsonCredential(stored)).toEqual(credential);
});

test.each([{ session_token: 'session' }, {}])('the keys of an AWS account are read with %j', (more) => {
  const text = JSON.stringify({ access_key_id: 'AKIA', secret_access_key: 'secret', ...more });
  const credential = parseJsonCredential(text);
  expect(credential).toMatchObject({ type: 'aws', accessKeyId: 'AKIA', secretAccessKey: 'secret' });
  expect(credential === null ? '' : storedJson(credential)).toBe(text);
});

test.each([
  ['cut off', '{"type": "service_account"'],
  ['a list', '[]'],
  ['half a key of AWS', '{"access_key_id": "AKIA"}'],
  ['an account of a user', JSON.stringify({ ...file, type: 'authorized_user' })],
  ['an account that another place vouches for', JSON.stringify({ ...file, type: 'external_account' })],
  ['a key that is none', JSON.stringify({ ...file, private_key: 'x' })],
  ['a key of another kind', JSON.stringify({ ...file, private_key: String(pem('ed25519')) })],
])('%s is none', (_, text) => expect(parseJsonCredential(text)).toBeNull());

test('what begins with a brace is meant to be JSON, and nothing else', () => {
  expect([' {', '{"a"', 'sk-{', ''].map(isJsonCredential)).toEqual([true, true, false, false]);
});
