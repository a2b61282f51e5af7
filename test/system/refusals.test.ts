import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

let mesh: Mesh;
let account: Account;
let stranger: Account;
const messages = [{ role: 'user', content: 'canary-of-a-refused-prompt' }];

beforeAll(async () => {
  mesh = await startMesh();
  [account, stranger] = await Promise.all([mesh.makeOwner(), mesh.makeOwner()]);
});
afterAll(() => mesh.close());

const chat = (body: object, key = account.key) => mesh.call('POST', '/v1/chat/completions', { key, body });
const refusals = async (body: object, key = account.key) => {
  await mesh.services.refusals.flush();
  return (await mesh.call('POST', '/v1/usage/refusals', { key, body })).body;
};
const countsOf = ({ data }: { data: { code: string; count: number }[] }) => {
  const counts: Record<string, number> = {};
  for (const { code, count } of data) counts[code] = (counts[code] ?? 0) + count;
  return counts;
};

test('what was refused is counted by key, code and minute, and shown to the owner of the key and to nobody else', async () => {
  await chat({ model: 'no/such', messages });
  await chat({ model: 'no/such', messages });
  await chat({ model: 'mesh/echo', messages: 'none' });
  await chat({ model: 'mesh/echo', messages });
  // Where no key is known there is nobody to tell.
  await chat({ model: 'mesh/echo', messages }, `${account.key.slice(0, -1)}x`);
  const found = await refusals({});
  expect(countsOf(found)).toEqual({ model_not_found: 2, invalid_request_error: 1 });
  expect(found).toMatchObject({ total: 3, truncated: false });
  expect(found.data[0]).toEqual({
    minute: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z$/),
    key_id: account.keyId,
    code: expect.any(String),
    count: expect.any(Number),
  });
  expect(countsOf(await refusals({ code: 'model_not_found' }))).toEqual({ model_not_found: 2 });
  expect((await refusals({ key_id: 'key_other' })).data).toEqual([]);
  expect((await refusals({ end: '2026-01-01' })).data).toEqual([]);
  expect((await refusals({}, stranger.key)).data).toEqual([]);
  expect((await refusals({ owner_id: account.ownerId }, stranger.key)).error.code).toBe('not_found');
  expect(countsOf(await refusals({ owner_id: account.ownerId }, mesh.adminKey))).toEqual(countsOf(found));
  expect((await refusals({}, mesh.adminKey)).error.param).toBe('owner_id');
  expect((await refusals({ code: 'made_up' })).error.param).toBe('code');
});

test('so is what money and limits refuse, and a key that may not be used', async () => {
  const poor = await mesh.makeOwner({ amount: '0.000000001' });
  await chat({ model: 'mesh/echo', messages }, poor.key);
  const slow = await mesh.makeOwner({ key: { rpm_limit: 1 } });
  await chat({ model: 'mesh/echo', messages }, slow.key);
  await chat({ model: 'mesh/echo', messages }, slow.key);
  const ended = await mesh.makeOwner();
  await mesh.call('DELETE', `/v1/keys/${ended.keyId}`, { key: mesh.adminKey });
  await chat({ model: 'mesh/echo', messages }, ended.key);
  expect(countsOf(await refusals({}, poor.key))).toEqual({ spend_limit_exceeded: 1 });
  expect(countsOf(await refusals({}, slow.key))).toEqual({ rate_limit_exceeded: 1 });
  expect(countsOf(await refusals({ owner_id: ended.ownerId }, mesh.adminKey))).toEqual({ forbidden: 1 });
});

test('each part of a comparison that is refused is counted once', async () => {
  const account = await mesh.makeOwner();
  const body = { models: ['no/one', 'no/other'], messages };
  expect((await mesh.call('POST', '/v1/chat/compare', { key: account.key, body })).status).toBe(404);
  expect(countsOf(await refusals({}, account.key))).toEqual({ model_not_found: 2 });
});

test('an idempotency key that was used before is a refusal, and what was charged is none', async () => {
  const account = await mesh.makeOwner();
  const headers = { 'idempotency-key': 'once' };
  const ask = () =>
    mesh.call('POST', '/v1/chat/completions', { key: account.key, body: { model: 'mesh/echo', messages }, headers });
  expect([(await ask()).status, (await ask()).status]).toEqual([200, 409]);
  expect(countsOf(await refusals({}, account.key))).toEqual({ conflict: 1 });
});
