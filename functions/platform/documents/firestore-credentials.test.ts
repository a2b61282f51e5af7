import { expect, test } from '@jest/globals';
import { REFRESH_BEFORE_MS } from '../upstream/google-token.ts';
import { createAuthorize } from './firestore-credentials.ts';

const LIFE_MS = 3_600_000;

function start(quotaProjectId?: string) {
  const time = { now: 0 };
  const clock = { now: () => time.now, monotonic: () => time.now };
  let fetches = 0;
  const authorize = createAuthorize(clock, (_clock, heed = () => {}) => async () => {
    heed(quotaProjectId === undefined ? {} : { quotaProjectId });
    return { text: `token ${++fetches}`, expiresAt: time.now + LIFE_MS };
  });
  return { time, authorize, fetches: () => fetches };
}

const turn = () => new Promise(setImmediate);

test('the token is there before anybody asks, and the same headers go with every request', async () => {
  const { authorize, fetches } = start();
  expect(fetches()).toBe(1);
  await turn();
  expect(authorize()).toEqual(['authorization', 'Bearer token 1', 'content-type', 'application/json']);
  expect(authorize()).toBe(authorize());
});

test('it is fetched again while it still serves', async () => {
  const { authorize, time } = start();
  await turn();
  time.now = LIFE_MS - REFRESH_BEFORE_MS;
  expect(authorize()).toContain('Bearer token 1');
  await turn();
  expect(authorize()).toContain('Bearer token 2');
});

test('of many requests that were refused one token is fetched', async () => {
  const { authorize, fetches } = start();
  await turn();
  const old = await authorize();
  const renewed = await Promise.all([authorize(old), authorize(old)]);
  expect(renewed.flat()).toContain('Bearer token 2');
  expect(await authorize(old)).toBe(renewed[0]);
  expect(fetches()).toBe(2);
});

test('a person’s own credentials name the project that is billed', async () => {
  const { authorize } = start('acme');
  await turn();
  expect(authorize()).toEqual([
    'authorization',
    'Bearer token 1',
    'x-goog-user-project',
    'acme',
    'content-type',
    'application/json',
  ]);
});
