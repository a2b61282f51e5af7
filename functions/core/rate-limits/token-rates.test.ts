import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openSqliteDocuments } from '../../platform/documents/sqlite-documents.ts';
import type { Documents } from '../store/documents.ts';
import { createRateLimiter, FORGET_MS, PROGRESS_TOKENS, type RateLimiter } from './rate-limits.ts';
import type { RateScope } from './rate-scope.ts';

const scopes: RateScope[] = [{ id: 'key|key_a', limits: { rpm: null, rpd: null, tpm: 1_000 } }];
let time: number;
let documents: Documents;
let limiter: RateLimiter;

beforeEach(async () => {
  time = Date.UTC(2026, 10, 28, 12);
  documents = await openSqliteDocuments(':memory:', { now: () => time });
  limiter = createRateLimiter({ documents, now: () => time, monotonic: () => time - 1_000, instanceId: 'ins_a' });
});
afterEach(() => documents.close());

/** Until what is known here is in the store. */
async function told(): Promise<void> {
  time += 1_100;
  limiter.tick();
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}
const remaining = async () => (await limiter.figures(scopes))[0]?.tokens?.remaining;

test('a request alone goes ahead while there is more left than it is likely to take', async () => {
  for (const used of [300, 250, 200]) (await limiter.admit(scopes, 300)).settle(used);
  await limiter.admit(scopes, 250);
  await expect(limiter.admit(scopes, 1)).rejects.toMatchObject({ details: { reason: 'tpm', remaining: 0 } });
});

test('what an answer has beyond its estimate counts while it comes, and in the second that it comes in', async () => {
  const admission = await limiter.admit(scopes, 100);
  admission.progress(100 + PROGRESS_TOKENS - 1);
  await told();
  expect(await remaining()).toBe(900);
  admission.progress(400);
  await told();
  expect(await remaining()).toBe(600);
  // An answer of five minutes: its first tokens count no more, its last ones do.
  time += 300_000;
  admission.settle(700);
  await told();
  expect(await remaining()).toBe(700);
});

test('what running answers have beyond their estimates may pass the limit, and then nothing new goes ahead', async () => {
  const admission = await limiter.admit(scopes, 100);
  admission.progress(1_400);
  await told();
  await expect(limiter.admit(scopes, 1)).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
  admission.settle(1_400);
  time += 64_000;
  await limiter.admit(scopes, 1_000);
});

test('whoever was refused finds at once what an answer gives back', async () => {
  const admission = await limiter.admit(scopes, 900);
  await expect(limiter.admit(scopes, 200)).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
  admission.settle(100);
  await limiter.admit(scopes, 200);
});

test('a refusal says what is left and what the request is likely to take, in words as in details', async () => {
  await limiter.admit(scopes, 900);
  await expect(limiter.admit(scopes, 200)).rejects.toMatchObject({
    message: expect.stringMatching(/1000 tokens a minute.* 100 are left.* likely to take 200/),
    details: { reason: 'tpm', limit: 1_000, remaining: 100, requested: 200 },
  });
});

describe('tokens that were counted and not used', () => {
  let transactions: number;
  beforeEach(() => {
    transactions = 0;
    const counting: Documents = {
      place: 'test',
      get: (collection, id) => documents.get(collection, id),
      query: (query) => documents.query(query),
      listen: () => () => {},
      commit: (writes) => documents.commit(writes),
      now: () => documents.now(),
      close: async () => {},
      transaction(body) {
        transactions++;
        return documents.transaction(body);
      },
    };
    limiter = createRateLimiter({
      documents: counting,
      now: () => time,
      monotonic: () => time - 1_000,
      instanceId: 'ins_a',
    });
  });

  test('go back with the next request, and by no write of their own, while nearly all of the limit is free', async () => {
    (await limiter.admit(scopes, 250)).settle(10);
    for (let second = 0; second < 5; second++) await told();
    expect([transactions, await remaining()]).toEqual([1, 750]);
    (await limiter.admit(scopes, 100)).settle(100);
    expect([transactions, await remaining()]).toEqual([2, 890]);
  });

  test('go back within a second where less is free', async () => {
    (await limiter.admit(scopes, 251)).settle(10);
    await told();
    expect([transactions, await remaining()]).toEqual([2, 990]);
  });

  test('are forgotten with their key when they have left the window anyway', async () => {
    (await limiter.admit(scopes, 250)).settle(10);
    time += FORGET_MS;
    await told();
    expect([transactions, await remaining()]).toEqual([1, 1_000]);
    await limiter.admit(scopes, 1_000);
    expect(transactions).toBe(2);
  });

  test('do not hold up what was used beyond its estimate, nor a request that was none', async () => {
    (await limiter.admit(scopes, 100)).settle(10);
    (await limiter.admit(scopes, 10)).settle(60);
    await told();
    expect([transactions, await remaining()]).toEqual([3, 930]);
    (await limiter.admit(scopes, 20)).cancel();
    await told();
    expect([transactions, await remaining()]).toEqual([5, 930]);
  });
});
