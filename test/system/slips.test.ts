import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Mesh, startMesh } from '../support/start-mesh.ts';

let mesh: Mesh;
beforeAll(async () => {
  mesh = await startMesh();
});
afterAll(() => mesh.close());

const admin = (method: string, path: string, body?: object) =>
  mesh.call(method, path, { key: mesh.adminKey, ...(body === undefined ? {} : { body }) });

/** Asked about, and nothing done; the same with `confirm: true` is done. */
async function expectAsked(method: string, path: string, body: object, param: string): Promise<unknown> {
  const asked = await admin(method, path, body);
  expect([asked.status, asked.body.error.code, asked.body.error.param]).toEqual([409, 'confirmation_required', param]);
  expect(asked.headers.get('x-should-retry')).toBe('false');
  const { seen, usual, send } = asked.body.error.details;
  expect([typeof seen, typeof usual, send]).toEqual(['string', 'string', { confirm: true }]);
  const done = await admin(method, path, { ...body, ...send });
  expect(done.status).toBeLessThan(300);
  return done.body;
}

describe('a slip of an operator is asked about:', () => {
  test('a topup of a thousand times the last one', async () => {
    const { ownerId } = await mesh.makeOwner({ amount: '10' });
    const path = `/v1/owners/${ownerId}/topups`;
    const slip = { amount: '10000.01', currency: 'USD', reference: 'second' };
    await expectAsked('POST', path, slip, 'amount');
    expect((await admin('GET', `/v1/owners/${ownerId}`)).body.balance).toBe('10010.01');
    // What was carried out is not asked about again.
    expect((await admin('POST', path, slip)).status).toBe(201);
  });

  test('an adjustment upwards', async () => {
    const { ownerId } = await mesh.makeOwner({ amount: '10' });
    const slip = { amount: '10000.01', currency: 'USD', reference: 'fix', reason: 'A test' };
    await expectAsked('POST', `/v1/owners/${ownerId}/adjustments`, slip, 'amount');
  });

  test('caps of a key and of an owner', async () => {
    const caps = { daily: null, monthly: '100000.01', total: null };
    const made = await expectAsked('POST', '/v1/owners', { name: 'Caps', spend_caps: caps }, 'spend_caps.monthly');
    const { id } = made as { id: string };
    const more = { spend_caps: { ...caps, monthly: '100000011' } };
    await expectAsked('PATCH', `/v1/owners/${id}`, more, 'spend_caps.monthly');
    const key = { owner_id: id, spend_cap_usd: '100001', spend_cap_window: 'daily' };
    const { id: keyId } = (await expectAsked('POST', '/v1/keys', key, 'spend_cap_usd')) as { id: string };
    expect((await admin('PATCH', `/v1/keys/${keyId}`, { spend_cap_usd: '1' })).status).toBe(200);
    await expectAsked('PATCH', `/v1/keys/${keyId}`, { spend_cap_usd: '1001' }, 'spend_cap_usd');
    expect((await admin('GET', `/v1/keys/${keyId}`)).body.spend_cap_usd).toBe('1001');
  });

  test('caps of a key by the currency of its owner', async () => {
    const { ownerId } = await mesh.makeOwner({ amount: '10', currency: 'INR' });
    const daily = (cap: string) => ({ owner_id: ownerId, spend_caps: { daily: cap } });
    expect((await admin('POST', '/v1/keys', daily('10000000'))).status).toBe(201);
    await expectAsked('POST', '/v1/keys', daily('10000001'), 'spend_caps.daily');
  });

  test('an exchange rate, which is shown as manual', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const path = '/v1/rates/USD_INR';
    const put = { rate: '88.1', as_of: today, reason: 'A test' };
    const { body } = await admin('PUT', path, put);
    expect(body).toMatchObject({ rate: '88.1', manual: true, source: 'manual', as_of: today });
    expect(body.history).toMatchObject([{ rate: '88.1', manual: true }]);
    await expectAsked('PUT', path, { ...put, rate: '8.81' }, 'rate');
    await expectAsked('PUT', path, { ...put, rate: '8.82', as_of: '2999-01-01' }, 'as_of');
    expect((await admin('GET', '/v1/rates')).body).toMatchObject({ rate: '8.82', manual: true, as_of: '2999-01-01' });
  });
});
