import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { KEY_BYTES, makeKey } from '../../functions/core/keys.ts';
import { MAX_UNKNOWN_KEYS_A_MINUTE } from '../../functions/router/access/stranger-limit.ts';
import { type Mesh, startMesh } from '../support/start-mesh.ts';

let mesh: Mesh;
beforeAll(async () => {
  mesh = await startMesh({ proxies: 2 });
});
afterAll(() => mesh.close());

/** Asks with a key, from an address that a load balancer saw, behind whatever the caller says of itself. */
const ask = (key: string, address: string, said: string) =>
  mesh.call('GET', '/v1/models', { key, headers: { 'x-forwarded-for': `${said}, ${address}, 198.51.100.1` } });
const madeUp = () => makeKey('rsk', randomBytes(KEY_BYTES));

test('whoever makes up keys is stopped by the address that the load balancer saw, and nobody else is', async () => {
  const { key } = await mesh.makeOwner();
  expect((await ask(key, '203.0.113.7', '')).status).toBe(200);
  for (let n = 0; n < MAX_UNKNOWN_KEYS_A_MINUTE; n++) {
    expect((await ask(madeUp(), '203.0.113.7', `10.0.0.${n}`)).status).toBe(401);
  }
  const { status, headers, body } = await ask(madeUp(), '203.0.113.7', '10.0.0.255');
  expect({ status, code: body.error.code }).toEqual({ status: 429, code: 'rate_limit_exceeded' });
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await ask(key, '203.0.113.7', '')).status).toBe(200);
  expect((await ask(madeUp(), '203.0.113.8', '203.0.113.7')).status).toBe(401);
});
