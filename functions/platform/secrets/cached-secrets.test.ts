import { expect, test } from '@jest/globals';
import { memoryLog } from '../../../test/support/memory-log.ts';
import {
  ABSENT_AGE_MS,
  cacheSecrets,
  MAX_CACHED_SECRETS,
  MAX_STALE_MS,
  REFRESH_AGE_MS,
  RETRY_AGE_MS,
} from './cached-secrets.ts';
import type { Secret } from './secrets.ts';

/** A store whose one secret can change, be away, or be slow, behind a cache with a clock that is set by hand. */
function setUp() {
  let now = 1_000_000;
  const store = {
    reads: 0,
    secret: { value: 'sk-one', version: '1' } as Secret | null,
    broken: false,
    slow: null as Promise<void> | null,
  };
  const log = memoryLog();
  const secrets = cacheSecrets(
    {
      async get() {
        store.reads++;
        const found = store.secret;
        await store.slow;
        if (store.broken) throw new Error('unreachable');
        return found;
      },
      async close() {},
    },
    { now: () => now, monotonic: () => now },
    log,
  );
  const pass = (milliseconds: number) => {
    now += milliseconds;
  };
  return { store, secrets, log, pass };
}

/** Lets a refresh in the background end. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

const rotate = (store: { secret: Secret | null }) => {
  store.secret = { value: 'sk-two', version: '2' };
};

test('a warm secret costs no read and no turn', async () => {
  const { store, secrets } = setUp();
  expect(secrets.peek('key')).toBeNull();
  await secrets.get('key');
  await secrets.get('key');
  expect(secrets.peek('key')).toEqual({ value: 'sk-one', version: '1' });
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
  rotate(store);
  pass(REFRESH_AGE_MS);
  secrets.peek('key');
  await settle();
  expect(store.reads).toBe(1);
  pass(1);
  expect(secrets.peek('key')?.value).toBe('sk-one');
  await settle();
  expect(secrets.peek('key')?.value).toBe('sk-two');
});

test('many who use a secret that is due for a refresh make one read', async () => {
  const { store, secrets, pass } = setUp();
  await secrets.get('key');
  pass(REFRESH_AGE_MS + 1);
  for (let n = 0; n < 20; n++) secrets.peek('key');
  await settle();
  expect(store.reads).toBe(2);
});

test('a secret that was taken away is gone after its refresh', async () => {
  const { store, secrets, pass } = setUp();
  await secrets.get('key');
  store.secret = null;
  pass(REFRESH_AGE_MS + 1);
  secrets.peek('key');
  await settle();
  expect(secrets.peek('key')).toBeNull();
  expect(await secrets.get('key')).toBeNull();
});

test('while the store cannot be reached the old secret serves, but not for ever', async () => {
  const { store, secrets, pass } = setUp();
  await secrets.get('key');
  store.broken = true;
  pass(MAX_STALE_MS);
  expect(secrets.peek('key')?.value).toBe('sk-one');
  await settle();
  pass(1);
  expect(secrets.peek('key')).toBeNull();
  await expect(secrets.get('key')).rejects.toThrow('unreachable');
});

test('a store that cannot be reached is asked now and then, and the log names the secret, not its text', async () => {
  const { store, secrets, log, pass } = setUp();
  await secrets.get('key');
  store.broken = true;
  pass(REFRESH_AGE_MS + 1);
  for (let second = 0; second < 60; second++) {
    secrets.peek('key');
    await settle();
    pass(1_000);
  }
  expect(store.reads).toBeGreaterThan(5);
  expect(store.reads - 1).toBeLessThanOrEqual(60_000 / RETRY_AGE_MS);
  expect(log.lines[0]?.fields).toEqual({ secret: 'key' });
  expect(JSON.stringify(log.lines)).not.toContain('sk-one');
});

test('a secret that an upstream refused is read again at once, and used where it is another', async () => {
  const { store, secrets } = setUp();
  const refused = await secrets.get('key');
  rotate(store);
  expect(await secrets.renewed('key', refused?.version ?? null)).toBe(true);
  expect(secrets.peek('key')?.value).toBe('sk-two');
});

test('a refused secret that the store has no other for stays, and says so', async () => {
  const { store, secrets } = setUp();
  const refused = await secrets.get('key');
  expect(await secrets.renewed('key', refused?.version ?? null)).toBe(false);
  expect(store.reads).toBe(2);
});

test('a secret that is refused again and again does not make a read of every request', async () => {
  const { store, secrets, pass } = setUp();
  for (let second = 0; second < 60; second++) {
    const refused = await secrets.get('key');
    await secrets.renewed('key', refused?.version ?? null);
    pass(1_000);
  }
  // Those of refusals, and those that are due anyway.
  expect(store.reads - 1).toBeLessThanOrEqual((2 * 60_000) / RETRY_AGE_MS);
});

test('of many requests that were refused at once, one reads, and all are told', async () => {
  const { store, secrets } = setUp();
  const refused = await secrets.get('key');
  rotate(store);
  const told = await Promise.all(Array.from({ length: 50 }, () => secrets.renewed('key', refused?.version ?? null)));
  expect(new Set(told)).toEqual(new Set([true]));
  expect(store.reads).toBe(2);
});

test('a read that began before a secret was refused does not pass for one that came after', async () => {
  const { store, secrets, pass } = setUp();
  const refused = await secrets.get('key');
  let answer = () => {};
  store.slow = new Promise<void>((resolve) => {
    answer = resolve;
  });
  pass(REFRESH_AGE_MS + 1);
  secrets.peek('key');
  const renewed = secrets.renewed('key', refused?.version ?? null);
  rotate(store);
  answer();
  expect(await renewed).toBe(true);
  expect(secrets.peek('key')?.value).toBe('sk-two');
});

test('that there is none is remembered for a moment', async () => {
  const { store, secrets, pass } = setUp();
  store.secret = null;
  expect(await secrets.get('key')).toBeNull();
  pass(ABSENT_AGE_MS - 1);
  expect(await secrets.get('key')).toBeNull();
  expect(store.reads).toBe(1);
  rotate(store);
  pass(1);
  expect((await secrets.get('key'))?.value).toBe('sk-two');
});

test('a store that cannot be reached is not taken for one without the secret', async () => {
  const { store, secrets } = setUp();
  store.broken = true;
  await expect(secrets.get('key')).rejects.toThrow('unreachable');
  store.broken = false;
  expect((await secrets.get('key'))?.value).toBe('sk-one');
});

test('of one name more than are remembered, the oldest is read again', async () => {
  const { store, secrets } = setUp();
  for (let n = 0; n <= MAX_CACHED_SECRETS; n++) await secrets.get(`key-${n}`);
  expect(secrets.peek('key-0')).toBeNull();
  expect(secrets.peek('key-1')).not.toBeNull();
  expect(secrets.peek(`key-${MAX_CACHED_SECRETS}`)).not.toBeNull();
  expect(store.reads).toBe(MAX_CACHED_SECRETS + 1);
});
