import { expect, test } from '@jest/globals';
import { adminScopes } from '../core/admin-scopes.ts';
import { makeKey } from '../core/keys.ts';
import type { Call } from './http/call.ts';
import { routes } from './routes.ts';
import type { Services } from './way/services.ts';

const inference = makeKey('rsk', new Uint8Array(32).fill(1));
const admin = makeKey('mak', new Uint8Array(32).fill(2));
const otherAdmin = makeKey('mak', new Uint8Array(32).fill(3));

const everything = { id: 'all', scopes: new Set(adminScopes) };
const services = {
  admins: { find: async (key: string) => (key === admin ? everything : null) },
  keys: { find: async () => ({ id: 'key_a', active: true, expiresAt: null, manages: false }) },
} as unknown as Services;
const ask = (key: string, route: (typeof routes)[number], given: Services = services) =>
  (async () =>
    route.handle({ req: { headers: { authorization: `Bearer ${key}` } } } as unknown as Call, given, 'own_a'))();

const guarded = routes.filter(({ access }) => access === 'admin' || access === 'manage');

test('the paths of the administration are open to its own keys alone', async () => {
  expect(guarded.length).toBeGreaterThan(10);
  // Nothing else is there: a handler that is reached fails for want of it.
  for (const route of guarded) {
    for (const key of [inference, otherAdmin, 'nonsense']) {
      const code = key === inference ? 'forbidden' : 'unauthorized';
      await expect(ask(key, route)).rejects.toMatchObject({ code });
    }
  }
});

test('each of them wants a scope, by what it does', async () => {
  const nobody = {
    ...services,
    admins: { find: async () => ({ id: 'none', scopes: new Set() }) },
  } as unknown as Services;
  for (const route of guarded) {
    expect([route.path, route.scope]).toEqual([route.path, expect.stringMatching(/^\w+:(read|write)$/)]);
    const isReading = route.method === 'GET' || route.path.endsWith('/drafts/check');
    expect([route.path, route.scope?.endsWith(':read')]).toEqual([route.path, isReading]);
    await expect(ask(admin, route, nobody)).rejects.toMatchObject({
      code: 'forbidden',
      details: { scope: route.scope },
    });
  }
});
