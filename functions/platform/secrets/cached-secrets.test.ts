import { expect, test } from '@jest/globals';
import { silentLog } from '../../../test/support/memory-log.ts';
import { ABSENT_AGE_MS, cacheSecrets, MAX_STALE_MS, REFRESH_AGE_MS } from './cached-secrets.ts';
import type { Secret } from './secrets.ts';

function setUp() {
  let now = 1_000_000;
  const store = { reads: 0, secret: { value: 'one', version: '1' } as Secret | null, broken: false };
  const secrets = cacheSecrets(
    {
      async get() {
        store.reads++;
        if (store.broken) throw new Error('unreachable');
        return store.secret;
      },
      async close() {},
    },
    { now: () => now, monotonic: () => now },
    silentLog,
  );
  const pass = async (milliseconds: number) => {
    now += milliseconds;
    secrets.peek('key');
    // The refresh runs in the background: a few turns of the microtask queue.
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  return { store, secrets, pass };
}

test('a warm secret costs no read and no turn', async () => {
  const { store, secrets } = setUp();
  expect(secrets.peek('key')).toBeNull();
  await secrets.get('key');
  await secrets.get('key');
  expect(secrets.peek('key')).toEqual({ value: 'one', version: '1' });
  expect(store.reads).toBe(1);
});

test('many who ask at once make one read', async () => {
  const { store, secrets } = setUp();
  await Promise.all(Array.from({ length: 20 }, () => secrets.get('key')));
  expect(store.reads).toBe(1);
});

test('a new version is used soon after, and the old one until then', async () => {
  const { store, secrets, pass } = setUp();
  await secrets.get('key');
  store.secret = { value: 'two', version: '2' };
  await pass(REFRESH_AGE_MS - 1);
  expect(secrets.peek('key')?.value).toBe('one');
  await pass(2);
  expect(secrets.peek('key')?.value).toBe('two');
});

test('while the store cannot be reached the old secret serves, but not for ever', async () => {
  const { store, secrets, pass } = setUp();
  await secrets.get('key');
  store.broken = true;
  await pass(REFRESH_AGE_MS * 2);
  expect(secrets.peek('key')?.value).toBe('one');
  await pass(MAX_STALE_MS);
  expect(secrets.peek('key')).toBeNull();
  await expect(secrets.get('key')).rejects.toThrow('unreachable');
});

test('a secret that an upstream refused is read again at once', async () => {
  const { store, secrets } = setUp();
  await secrets.get('key');
  store.secret = { value: 'two', version: '2' };
  secrets.drop('key');
  expect((await secrets.get('key'))?.value).toBe('two');
});

test('that there is none is remembered for a moment', async () => {
  const { store, secrets, pass } = setUp();
  store.secret = null;
  expect(await secrets.get('key')).toBeNull();
  expect(await secrets.get('key')).toBeNull();
  expect(store.reads).toBe(1);
  await pass(ABSENT_AGE_MS + 1);
  store.secret = { value: 'late', version: '1' };
  expect((await secrets.get('key'))?.value).toBe('late');
});
