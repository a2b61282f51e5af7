import { beforeEach, expect, test } from '@jest/globals';
import { type Documents, ExpectationFailed } from '../../functions/core/store/documents.ts';
import { createRandom } from './random.ts';
import { createSimulatedStore, LISTENER_MS, WRITE_MS } from './simulated-store.ts';
import { createTimeline, type Timeline } from './timeline.ts';

let timeline: Timeline;
let a: Documents;
let b: Documents;
beforeEach(() => {
  timeline = createTimeline();
  const store = createSimulatedStore(timeline, createRandom(1), () => timeline.now());
  [a, b] = [store.connect(), store.connect()];
});

async function inTime<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  await timeline.run(timeline.now() + 10_000);
  return work;
}
const set = (data: Record<string, bigint | Date>, expect: 'any' | 'absent' = 'any') =>
  a.commit([{ kind: 'set', collection: 'c', id: 'x', data, expect }]);

test('what one instance writes, another reads', async () => {
  const at = new Date(5);
  await inTime(set({ n: 7n, at }));
  expect((await inTime(b.get('c', 'x')))?.data).toEqual({ n: 7n, at });
});

test('a write whose expectation does not hold writes nothing', async () => {
  await inTime(set({ n: 1n }));
  await expect(inTime(set({ n: 2n }, 'absent'))).rejects.toThrow(ExpectationFailed);
  expect((await inTime(b.get('c', 'x')))?.data).toEqual({ n: 1n });
});

test('transactions that run at once lose nothing', async () => {
  await inTime(set({ n: 0n }));
  const add = (documents: Documents) =>
    documents.transaction(async (tx) => {
      const n = ((await tx.get('c', 'x'))?.data.n as bigint) + 1n;
      tx.write({ kind: 'set', collection: 'c', id: 'x', data: { n }, expect: 'any' });
    });
  await inTime(Promise.all([a, b, a].map(add)));
  expect((await inTime(b.get('c', 'x')))?.data).toEqual({ n: 3n });
});

test('a listener is told in order, and not at once', async () => {
  const heard: unknown[] = [];
  b.listen(
    { collection: 'c' },
    (changes) => heard.push(...changes.map(({ document }) => document.data.n)),
    () => {},
  );
  await inTime(Promise.resolve());
  for (let n = 0n; n < 20n; n++) {
    set({ n });
    await timeline.run(timeline.now() + WRITE_MS[1]);
  }
  expect(heard.length).toBeLessThan(20);
  await timeline.run(timeline.now() + LISTENER_MS[1]);
  expect(heard).toEqual(Array.from({ length: 20 }, (_, n) => BigInt(n)));
});
