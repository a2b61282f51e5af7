import { expect, test } from '@jest/globals';
import type { Names } from '../core/ledger/usage-event.ts';
import { StoreUnavailable } from '../core/store/documents.ts';
import { GATHER_MS, gatherUsage, LONELY_MS, MAX_GATHERED } from './gather-usage.ts';

const message = (...ids: string[]) => ({ charges: ids.map((request_id) => ({ request_id })) });
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Time passes when the test says so; counting ends at once, unless the test says otherwise. */
function start(counting: (names: Names) => Promise<void> = async () => {}) {
  const counted: (readonly string[])[] = [];
  const pauses: number[] = [];
  let now = 0;
  let go = () => {};
  const gather = gatherUsage({
    async count(names) {
      counted.push([...names.requestIds, ...names.leaseIds]);
      await counting(names);
      return { counted: names.requestIds.length, known: 0, ignored: 0 };
    },
    pause(milliseconds) {
      pauses.push(milliseconds);
      return new Promise<void>((resolve) => {
        go = resolve;
      });
    },
    monotonic: () => now,
    gatherMs: GATHER_MS,
  });
  const pass = async () => {
    go();
    await turn();
  };
  const wait = (milliseconds: number) => {
    now += milliseconds;
  };
  return { gather, counted, pauses, pass, wait };
}

test('messages that come within a moment are counted together, each charge once', async () => {
  const { gather, counted, pauses, pass } = start();
  const before = gather(message('z'));
  await pass();
  await before;
  counted.length = 0;
  const all = [gather(message('a', 'b')), gather(message('b')), gather({ leases: ['lea_1'] })];
  await turn();
  expect(counted).toEqual([]);
  await pass();
  expect(counted).toEqual([['a', 'b', 'lea_1']]);
  expect(await Promise.all(all)).toEqual(Array(3).fill({ counted: 2, known: 0, ignored: 0, messages: 3 }));
  expect(pauses).toEqual([0, GATHER_MS]);
});

test('a message that comes long after the one before it does not wait, nor is it waited with', async () => {
  const { gather, pauses, pass, wait } = start();
  for (const since of [LONELY_MS, LONELY_MS, LONELY_MS - 1]) {
    wait(since);
    const done = gather(message('a'));
    await pass();
    await done;
  }
  expect(pauses).toEqual([0, 0, GATHER_MS]);
});

test('what comes while others are counted waits for the next time', async () => {
  let end = () => {};
  const { gather, counted, pass } = start(() => new Promise((resolve) => (end = resolve)));
  const first = gather(message('a'));
  await pass();
  const second = gather(message('b'));
  await pass();
  expect(counted).toEqual([['a']]);
  end();
  await first;
  await turn();
  await pass();
  expect(counted).toEqual([['a'], ['b']]);
  end();
  expect(await second).toMatchObject({ messages: 1 });
});

test('what is too much for one transaction does not wait, and is counted in several', async () => {
  const { gather, counted, pauses, pass } = start();
  const many = (of: string) => message(...Array.from({ length: 50 }, (_, n) => `${of}_${n}`));
  const all = Array.from({ length: MAX_GATHERED / 50 + 1 }, (_, n) => gather(many(String(n))));
  await pass();
  await turn();
  await pass();
  await Promise.all(all);
  expect(counted.map((ids) => ids.length)).toEqual([MAX_GATHERED, 50]);
  expect(pauses).toHaveLength(2);
});

test('a message that cannot be counted fails alone', async () => {
  const { gather, counted, pass } = start(async ({ requestIds }) => {
    if (requestIds.includes('bad')) throw new TypeError('damaged');
  });
  const all = Promise.allSettled([gather(message('a')), gather(message('bad')), gather(message('b'))]);
  await pass();
  expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(counted).toEqual([['a', 'bad', 'b'], ['a'], ['bad'], ['b']]);
});

test('where the store is away all of them come again, and none is tried alone', async () => {
  const { gather, counted, pass } = start(async () => {
    throw new StoreUnavailable('away');
  });
  const all = Promise.allSettled([gather(message('a')), gather(message('b'))]);
  await pass();
  expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(counted).toHaveLength(1);
});
