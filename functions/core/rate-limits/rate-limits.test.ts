import { describe, expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { type Fate, fates, flakyDocuments } from '../../../test/support/flaky-documents.ts';
import { openSqliteDocuments } from '../../platform/documents/sqlite-documents.ts';
import { MeshError } from '../errors.ts';
import { type Documents, StoreUnavailable } from '../store/documents.ts';
import { createRateLimiter, MAX_LATE } from './rate-limits.ts';
import type { RateLimits, RateScope } from './rate-scope.ts';
import { PERMIT_LIFE_MS } from './rate-window.ts';

const none: RateLimits = { rpm: null, rpd: null, tpm: null };
const scope = (limits: Partial<RateLimits>, id = 'key|key_a'): RateScope => ({ id, limits: { ...none, ...limits } });

/** Several limiters on one store, in simulated time. */
async function open(instances = 1, fate: () => Fate = () => 'done') {
  let time = Date.UTC(2026, 10, 23, 12);
  let transactions = 0;
  /** How long the next transactions take. Milliseconds. */
  const delays: number[] = [];
  const store = await openSqliteDocuments(':memory:', { now: () => time });
  const flaky = flakyDocuments(store, fate);
  const documents: Documents = {
    place: 'test',
    get: flaky.get,
    query: flaky.query,
    listen: flaky.listen,
    now: flaky.now,
    close: flaky.close,
    commit: flaky.commit,
    transaction: async (body) => {
      transactions++;
      const result = await flaky.transaction(body);
      time += delays.shift() ?? 0;
      return result;
    },
  };
  const limiters = Array.from({ length: instances }, (_, n) =>
    createRateLimiter({
      documents,
      // Clocks of their own that are wrong by hours: what is shown may be wrong, what holds may not.
      now: () => time + (n - 1) * 3_600_000,
      monotonic: () => time - 1_000_000,
      instanceId: `ins_${n}`,
    }),
  );
  return {
    limiters,
    limiter: limiters[0] as (typeof limiters)[number],
    wait: (milliseconds: number) => {
      time += milliseconds;
    },
    delay: (...milliseconds: number[]) => delays.push(...milliseconds),
    now: () => time,
    transactions: () => transactions,
    close: () => store.close(),
  };
}

async function rest(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** The most of `uses` in any span of a minute. */
function worstMinute(uses: readonly { at: number; amount: number }[]): number {
  let worst = 0;
  for (const { at } of uses) {
    const sum = uses.reduce((all, use) => (use.at >= at && use.at < at + 60_000 ? all + use.amount : all), 0);
    if (sum > worst) worst = sum;
  }
  return worst;
}

describe('requests a minute', () => {
  test('an idle key may use all of them at once, the next is told when to come again, and may then', async () => {
    const { limiter, wait, close } = await open();
    const scopes = [scope({ rpm: 100 })];
    for (let n = 0; n < 100; n++) expect((await limiter.admit(scopes, 1)).figures.requests?.limit).toBe(100);
    const refused = await limiter.admit(scopes, 1).catch((error) => error);
    expect(refused).toBeInstanceOf(MeshError);
    expect(refused).toMatchObject({
      code: 'rate_limit_exceeded',
      details: { reason: 'rpm', scope: 'key', limit: 100 },
    });
    wait(refused.retryAfterSeconds * 1_000);
    await limiter.admit(scopes, 1);
    await close();
  });

  test('a crowd gets exactly as many, and none is refused before', async () => {
    const { limiters, close } = await open(3);
    const tries = await Promise.allSettled(
      Array.from({ length: 90 }, (_, n) => limiters[n % 3]?.admit([scope({ rpm: 50 })], 1)),
    );
    const passed = tries.filter(({ status }) => status === 'fulfilled').length;
    expect(passed).toBeLessThanOrEqual(50);
    expect(passed).toBeGreaterThanOrEqual(45);
    await close();
  });

  test('of the key and of its owner both hold', async () => {
    const { limiter, close } = await open();
    const scopes = [scope({ rpm: 100 }), scope({ rpm: 3 }, 'owner|own_a')];
    for (let n = 0; n < 3; n++) await limiter.admit(scopes, 1);
    await expect(limiter.admit(scopes, 1)).rejects.toMatchObject({ details: { reason: 'rpm', scope: 'owner' } });
    // A request that its owner's limit refuses takes nothing from the key's.
    expect((await limiter.figures(scopes))[0]?.requests?.remaining).toBe(97);
    await close();
  });

  test('a busy key far from its limit asks the store for less than one request in a hundred', async () => {
    const { limiter, wait, transactions, close } = await open();
    const scopes = [scope({ rpm: 1_000_000 })];
    for (let n = 0; n < 5_000; n++) {
      await limiter.admit(scopes, 1);
      wait(1);
      if (n % 50 === 0) await rest();
    }
    expect(transactions()).toBeLessThan(50);
    await close();
  });

  test('counts for 63 seconds: a permit may be used so late that 62 would let too many into one minute', async () => {
    const { limiter, wait, close } = await open();
    const scopes = [scope({ rpm: 1 })];
    await limiter.admit(scopes, 1);
    wait(62_999);
    await expect(limiter.admit(scopes, 1)).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
    wait(1);
    await limiter.admit(scopes, 1);
    await close();
  });

  test('a permit that comes when its life is over is not used: it is given back, and another one asked for', async () => {
    const { limiter, delay, transactions, close } = await open();
    const scopes = [scope({ rpm: 100 })];
    delay(PERMIT_LIFE_MS);
    expect((await limiter.admit(scopes, 1)).figures.requests?.remaining).toBe(99);
    expect(transactions()).toBe(2);
    delay(PERMIT_LIFE_MS - 1);
    await limiter.admit(scopes, 1);
    expect(transactions()).toBe(3);
    await close();
  });

  test('a store that is always too slow is given up after some tries', async () => {
    const { limiter, delay, transactions, close } = await open();
    delay(...Array.from({ length: MAX_LATE }, () => PERMIT_LIFE_MS));
    await expect(limiter.admit([scope({ rpm: 100 })], 1)).rejects.toBeInstanceOf(StoreUnavailable);
    expect(transactions()).toBe(MAX_LATE);
    await close();
  });

  test('a permit of which it is not known whether it was granted is not used, and stays counted', async () => {
    const lost: Fate[] = [];
    const { limiter, close } = await open(1, () => lost.shift() ?? 'done');
    const scopes = [scope({ rpm: 2 })];
    lost.push(...Array.from({ length: 10 }, () => 'answer lost' as const));
    await expect(limiter.admit(scopes, 1)).rejects.toBeInstanceOf(StoreUnavailable);
    lost.length = 0;
    expect((await limiter.figures(scopes))[0]?.requests?.remaining).toBe(1);
    await limiter.admit(scopes, 1);
    await expect(limiter.admit(scopes, 1)).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
    await close();
  });

  test('a permit whose transaction runs again after it was applied is counted once', async () => {
    const { limiter, close } = await open(1, () => 'run twice');
    const scopes = [scope({ rpm: 100 })];
    await limiter.admit(scopes, 1);
    expect((await limiter.figures(scopes))[0]?.requests?.remaining).toBe(99);
    await close();
  });

  test('permits that were granted ahead under a limit that was lowered meanwhile are not used', async () => {
    const { limiter, wait, close } = await open();
    for (let n = 0; n < 20; n++) await limiter.admit([scope({ rpm: 1_000 })], 1);
    await rest();
    // What was in stock dies; the next request gets some ahead, and its limit changes while the store is asked.
    wait(PERMIT_LIFE_MS + 100);
    const asked = limiter.admit([scope({ rpm: 1_000 })], 1);
    const lowered = [scope({ rpm: 5 })];
    await expect(limiter.admit(lowered, 1)).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
    await asked;
    await expect(limiter.admit(lowered, 1)).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
    await close();
  });

  test('without a limit nothing is asked', async () => {
    const { limiter, transactions, close } = await open();
    expect((await limiter.admit([scope({})], 1)).figures).toEqual({ requests: null, tokens: null, day: null });
    expect(transactions()).toBe(0);
    await close();
  });
});

describe('requests a day', () => {
  test('are counted by the day (UTC)', async () => {
    const { limiter, wait, close } = await open();
    const scopes = [scope({ rpd: 2 })];
    await limiter.admit(scopes, 1);
    wait(120_000);
    await limiter.admit(scopes, 1);
    const refused = await limiter.admit(scopes, 1).catch((error) => error);
    expect(refused).toMatchObject({ details: { reason: 'rpd' }, retryAfterSeconds: 12 * 3_600 - 120 });
    wait(refused.retryAfterSeconds * 1_000);
    await limiter.admit(scopes, 1);
    await close();
  });
});

describe('tokens a minute', () => {
  test('what was reserved and not used comes back', async () => {
    const { limiter, wait, close } = await open();
    const scopes = [scope({ tpm: 1_000 })];
    (await limiter.admit(scopes, 900)).settle(100);
    wait(1_100);
    limiter.tick();
    await rest();
    await limiter.admit(scopes, 900);
    await expect(limiter.admit(scopes, 100)).rejects.toMatchObject({ details: { reason: 'tpm' } });
    await close();
  });

  test('come back once, however often their request is said to have ended', async () => {
    const { limiter, wait, close } = await open();
    const scopes = [scope({ tpm: 1_000 })];
    const first = await limiter.admit(scopes, 400);
    await limiter.admit(scopes, 400);
    first.settle(0);
    first.settle(0);
    wait(1_100);
    limiter.tick();
    await rest();
    expect((await limiter.figures(scopes))[0]?.tokens?.remaining).toBe(600);
    await close();
  });

  test('a request that is larger than the limit can never pass, and is told so', async () => {
    const { limiter, close } = await open();
    const refused = await limiter.admit([scope({ tpm: 10 })], 11).catch((error) => error);
    expect(refused).toMatchObject({ retryAfterSeconds: null, details: { reason: 'tpm', limit: 10, requested: 11 } });
    await close();
  });
});

const arrival = fc.record({
  at: fc.nat({ max: 2 }),
  pauseMs: fc.constantFrom(0, 0, 0, 5, 50, 300, 1_000, 2_500, 15_000),
  tokens: fc.integer({ min: 1, max: 40 }),
  share: fc.integer({ min: 0, max: 100 }),
  tick: fc.boolean(),
});

test('in no span of sixty seconds is more admitted than the limits say, over instances with wrong clocks on a bad store', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(arrival, { minLength: 60, maxLength: 250 }),
      fc.array(fc.constantFrom(...fates), { maxLength: 40 }),
      async (arrivals, someFates) => {
        const script = [...someFates];
        const { limiters, wait, now, close } = await open(3, () => script.shift() ?? 'done');
        const scopes = [scope({ rpm: 20, tpm: 300 }), scope({ rpm: 30 }, 'owner|own_a')];
        const requests: { at: number; amount: number }[] = [];
        const used: { at: number; amount: number }[] = [];
        for (const { at, pauseMs, tokens, share, tick } of arrivals) {
          const limiter = limiters[at] as (typeof limiters)[number];
          limiter.admit(scopes, tokens).then(
            (admission) => {
              requests.push({ at: now(), amount: 1 });
              const actual = Math.floor((tokens * share) / 100);
              used.push({ at: now(), amount: actual });
              admission.settle(actual);
            },
            () => {},
          );
          if (tick) limiter.tick();
          await rest();
          wait(pauseMs);
        }
        await rest();
        expect(worstMinute(requests)).toBeLessThanOrEqual(20);
        expect(worstMinute(used)).toBeLessThanOrEqual(300);
        await close();
      },
    ),
    { numRuns: 40 },
  );
}, 120_000);

test('a steady demand above the limit gets at least nine tenths of it', async () => {
  const { limiters, wait, close } = await open(3);
  let passed = 0;
  const minutes = 5;
  for (let step = 0; step < minutes * 600; step++) {
    const limiter = limiters[step % 3] as (typeof limiters)[number];
    limiter.admit([scope({ rpm: 60 })], 1).then(
      () => passed++,
      () => {},
    );
    if (step % 10 === 0) for (const each of limiters) each.tick();
    await rest();
    wait(100);
  }
  expect(passed).toBeGreaterThanOrEqual(60 * minutes * 0.9);
  await close();
}, 60_000);
