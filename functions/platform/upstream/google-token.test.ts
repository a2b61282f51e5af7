import { expect, test } from '@jest/globals';
import { createGoogleToken, REFRESH_BEFORE_MS, RENEW_BEFORE_MS, RETRY_AFTER_MS } from './google-token.ts';

function start(lifeMs: number) {
  const time = { now: 1_000_000 };
  let fetches = 0;
  const fetchToken = async () => {
    fetches++;
    return { text: `token ${fetches}`, expiresAt: time.now + lifeMs };
  };
  const clock = { now: () => time.now, monotonic: () => time.now };
  return { time, googleToken: createGoogleToken(clock, fetchToken), fetches: () => fetches };
}

test('a token is fetched once and then comes from memory, at once', async () => {
  const { googleToken, fetches } = start(3_600_000);
  expect(await googleToken()).toBe('token 1');
  expect(googleToken()).toBe('token 1');
  expect(fetches()).toBe(1);
});

test('many requests wait for one fetch', async () => {
  const { googleToken, fetches } = start(3_600_000);
  expect(await Promise.all([googleToken(), googleToken(), googleToken()])).toEqual(['token 1', 'token 1', 'token 1']);
  expect(fetches()).toBe(1);
});

test('a token that is soon to expire is renewed while it still serves, so that no request waits', async () => {
  const { time, googleToken, fetches } = start(3_600_000);
  await googleToken();
  time.now += 3_600_000 - REFRESH_BEFORE_MS - 1;
  googleToken();
  expect(fetches()).toBe(1);
  time.now += 1;
  expect(googleToken()).toBe('token 1');
  expect(googleToken()).toBe('token 1');
  expect(fetches()).toBe(2);
  await new Promise(setImmediate);
  expect(googleToken()).toBe('token 2');
});

test('a token in its last minute is not given out', async () => {
  const { time, googleToken } = start(3_600_000);
  await googleToken();
  time.now += 3_600_000 - RENEW_BEFORE_MS;
  expect(await googleToken()).toBe('token 2');
  expect(googleToken()).toBe('token 2');
});

test('a renewal that fails beforehand costs nothing, and is not tried with every request', async () => {
  const time = { now: 0 };
  let attempts = 0;
  const fetchToken = async () => {
    if (++attempts > 1) throw new Error('unreachable');
    return { text: 'token', expiresAt: 3_600_000 };
  };
  const googleToken = createGoogleToken({ now: () => time.now, monotonic: () => time.now }, fetchToken);
  await googleToken();
  time.now = 3_600_000 - REFRESH_BEFORE_MS;
  expect(googleToken()).toBe('token');
  await new Promise(setImmediate);
  expect(googleToken()).toBe('token');
  expect(attempts).toBe(2);
  time.now += RETRY_AFTER_MS;
  expect(googleToken()).toBe('token');
  expect(attempts).toBe(3);
});

test('a fetch that failed is not remembered', async () => {
  let attempts = 0;
  const clock = { now: () => 0, monotonic: () => 0 };
  const googleToken = createGoogleToken(clock, async () => {
    if (++attempts === 1) throw new Error('unreachable');
    return { text: 'token', expiresAt: 3_600_000 };
  });
  await expect(googleToken()).rejects.toThrow('unreachable');
  expect(await googleToken()).toBe('token');
});

test('a token that Google refuses is not given out again, and others that were refused before change nothing', async () => {
  const { googleToken, fetches } = start(3_600_000);
  await googleToken();
  expect(await Promise.all([googleToken('token 1'), googleToken('token 1')])).toEqual(['token 2', 'token 2']);
  expect(googleToken('token 1')).toBe('token 2');
  expect(fetches()).toBe(2);
});
