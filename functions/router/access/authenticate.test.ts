import { describe, expect, test } from '@jest/globals';
import { makeKey } from '../../core/keys.ts';
import type { Documents } from '../../core/store/documents.ts';
import type { Call } from '../http/call.ts';
import { toOwnerId, toReader } from './actor.ts';
import { authenticate } from './authenticate.ts';
import type { Key, KeyCache } from './key-cache.ts';

const inference = makeKey('rsk', new Uint8Array(32).fill(1));
const _admin = makeKey('mak', new Uint8Array(32).fill(2));
const NOW = Date.UTC(2026, 10, 30);

const call = (key: string) =>
  ({ req: { headers: { authorization: `Bearer ${key}` } }, arrivedAt: NOW }) as unknown as Call;
/** Knows one key. */
const knowing = (key: Partial<Key>): KeyCache => ({
  find: async (given) =>
    given === inference ? ({ id: 'key_a', ownerId: 'own_a', active: true, expiresAt: null, ...key } as Key) : null,
});

describe('an inference key', () => {
  test('passes while it is active and has not expired', async () => {
    expect(await authenticate(call(inference), knowing({}))).toMatchObject({ id: 'key_a' });
    const expiresAt = new Date(NOW + 1);
    expect(await authenticate(call(inference), knowing({ expiresAt }))).toMatchObject({ id: 'key_a' });
  });

  test.each(['x-api-key', 'api-key'])('may also come as %s', async (header) => {
    const given = { req: { headers: { [header]: inference } }, arrivedAt: NOW } as unknown as Call;
    expect(await authenticate(given, knowing({}))).toMatchObject({ id: 'key_a' });
  });

  test.each([
    ['suspended', { active: false }],
    ['expired', { expiresAt: new Date(NOW) }],
  ])('does not once it is %s', async (_state, key) => {
    await expect(authenticate(call(inference), knowing(key))).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('reads what its own owner used, and nothing of another owner', async () => {
    const reader = await toReader(call(inference), { keys: knowing({}), admins: { find: async () => null } });
    const services = { documents: {} as Documents };
    expect(await toOwnerId(services, reader, undefined)).toBe('own_a');
    expect(await toOwnerId(services, reader, 'own_a')).toBe('own_a');
    await expect(toOwnerId(services, reader, 'own_b')).rejects.toMatchObject({ code: 'not_found' });
  });
});
