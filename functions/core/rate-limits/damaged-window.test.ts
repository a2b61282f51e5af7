import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openSqliteDocuments } from '../../platform/documents/sqlite-documents.ts';
import { documentId } from '../store/document-id.ts';
import type { Documents, Fields } from '../store/documents.ts';
import { createRateLimiter, type RateLimiter } from './rate-limits.ts';
import { SPAN_SECONDS, WINDOWS } from './rate-window.ts';

const scopes = [{ id: 'key|key_a', limits: { rpm: 2, rpd: 10, tpm: 1_000 } }];
const id = documentId('key|key_a');

let time: number;
let documents: Documents;
let limiter: RateLimiter;
beforeEach(async () => {
  time = Date.UTC(2026, 10, 28, 12);
  documents = await openSqliteDocuments(':memory:', { now: () => time });
  limiter = createRateLimiter({ documents, now: () => time, monotonic: () => time, instanceId: 'ins_1' });
});
afterEach(() => documents.close());

async function damage(fields: Fields): Promise<void> {
  const found = await documents.get(WINDOWS, id);
  const data = { ...found?.data, ...fields };
  await documents.commit([{ kind: 'set', collection: WINDOWS, id, data, expect: 'any' }]);
}

describe('a window that was damaged', () => {
  test.each<[string, Fields]>([
    ['second', { second: 'now' }],
    ['counts', { counts: 'many' }],
    ['counts, one of which is a word', { counts: [0n, 1n, 'two'] }],
    ['counts, one of which is missing', { counts: [0n, 1n] }],
    ['counts, one of which is below zero', { counts: [0n, -1n, 1n] }],
    ['counts, one of which is of no second', { counts: [63n, 1n, 1n] }],
    ['day', { day_requests: null }],
    ['requests, as they were written before', { counts: undefined, requests: 'many', tokens: [1n] }],
    ['tokens, as they were written before', { counts: undefined, requests: [1n], tokens: [1n, 'two'] }],
    ['second, which is years ahead', { second: 4_102_444_800n }],
  ])('in its %s counts as used up for one minute, and is whole after that', async (_, fields) => {
    await limiter.admit(scopes, 1);
    await damage(fields);
    // It is not written anew, and used up anew, each time somebody asks.
    for (const _ of [1, 2, 3]) {
      await expect(limiter.admit(scopes, 1)).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
      time += 20_000;
    }
    time += SPAN_SECONDS * 1_000 - 60_000;
    await limiter.admit(scopes, 1);
    const [figures] = await limiter.figures(scopes);
    expect(figures).toMatchObject({ requests: { remaining: 1 }, day: { remaining: 9 }, tokens: { remaining: 999 } });
  });

  test('stops nobody from seeing how the key stands', async () => {
    await damage({ second: 'now' });
    expect(await limiter.figures(scopes)).toMatchObject([{ requests: { remaining: 0 }, day: { remaining: 10 } }]);
  });
});

test('a window as it was written before, with all its seconds, counts on, and is written as it is now', async () => {
  const second = BigInt(Math.floor(time / 1_000));
  const buckets = (...last: bigint[]) => [...Array.from({ length: SPAN_SECONDS - last.length }, () => 0n), ...last];
  const before = { scope_id: 'key|key_a', second, day_requests: 4n, ahead_second: 0n, writes: [] };
  await damage({ ...before, requests: buckets(1n, 0n), tokens: buckets(200n, 0n) });
  time += 10_000;
  await limiter.admit(scopes, 300);
  const [figures] = await limiter.figures(scopes);
  expect(figures).toMatchObject({ requests: { remaining: 0 }, day: { remaining: 5 }, tokens: { remaining: 500 } });
  const { requests, counts } = (await documents.get(WINDOWS, id))?.data ?? {};
  expect([requests, counts]).toEqual([undefined, [0n, 1n, 300n, 11n, 1n, 200n]]);
  time += (SPAN_SECONDS - 12) * 1_000;
  expect(await limiter.figures(scopes)).toMatchObject([{ requests: { remaining: 0 }, tokens: { remaining: 500 } }]);
  time += 1_000;
  expect(await limiter.figures(scopes)).toMatchObject([{ requests: { remaining: 1 }, tokens: { remaining: 700 } }]);
});
