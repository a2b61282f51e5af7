import { beforeEach, describe, expect, test } from '@jest/globals';
import { ExpectationFailed, type StoreTrouble, StoreUnavailable } from '../../core/store/documents.ts';
import { openSqliteDocuments } from './sqlite-documents.ts';
import { LOOK_LIMIT_MS, LOOK_MS, PATIENCE_MS, type StoreClosed, watchDocuments } from './watch-documents.ts';

const write = { kind: 'set', collection: 'things', id: 'a', data: {}, expect: 'any' } as const;
const full = new StoreUnavailable('full', { trouble: 'full' });

let fault: unknown;
let slow: boolean;
let now: number;
let told: (string | null)[];
let writes: number;
let gone: StoreTrouble | null;
async function watched() {
  const store = await openSqliteDocuments(':memory:');
  const act = async <T>(work: () => Promise<T>): Promise<T> => {
    writes++;
    if (slow) return new Promise<never>(() => {});
    if (fault !== null) throw fault;
    return work();
  };
  return watchDocuments(
    {
      place: '/data/mesh.db',
      check: () => gone,
      get: (collection, id) => store.get(collection, id),
      query: (query) => store.query(query),
      listen: (...given) => store.listen(...given),
      now: () => store.now(),
      close: () => store.close(),
      commit: (given) => act(() => store.commit(given)),
      transaction: (body) => act(() => store.transaction(body)),
    },
    {
      instanceId: 'ins_1',
      monotonic: () => now,
      pause: async (milliseconds) => {
        if (slow) now += milliseconds;
        else await new Promise(() => {});
      },
      onChange: (closed: StoreClosed | null) => void told.push(closed?.trouble ?? null),
    },
  );
}
beforeEach(() => {
  fault = null;
  slow = false;
  now = 0;
  told = [];
  writes = 0;
  gone = null;
});

describe('the gate of a store', () => {
  test.each(['commit', 'transaction'] as const)(
    'closes with a %s that the whole store refused, and says why and where',
    async (kind) => {
      const { documents, gate } = await watched();
      fault = full;
      const act = () =>
        kind === 'commit' ? documents.commit([write]) : documents.transaction(async (tx) => tx.write(write));
      await expect(act()).rejects.toBe(full);
      expect(gate.closed()).toEqual({ trouble: 'full', place: '/data/mesh.db' });
      fault = null;
      await act();
      expect(gate.closed()).toBeNull();
      expect(told).toEqual(['full', null]);
    },
  );

  test.each([
    ['a store that did not answer once', new StoreUnavailable('late')],
    ['a write that was not what it expected', new ExpectationFailed('no')],
    ['a write that alone cannot be', Object.assign(new Error('3 INVALID_ARGUMENT'), { code: 3 })],
    ['a damaged document', new TypeError('no integer')],
  ])('stays open for %s', async (_name, error) => {
    const { documents, gate } = await watched();
    fault = error;
    await expect(documents.commit([write])).rejects.toBe(error);
    expect(gate.closed()).toBeNull();
  });

  test('is not opened by what only reads', async () => {
    const { documents, gate } = await watched();
    fault = full;
    await expect(documents.commit([write])).rejects.toBe(full);
    fault = null;
    await documents.transaction((tx) => tx.get('things', 'a'));
    expect(gate.closed()).not.toBeNull();
  });

  test('is looked at by writing, once a second for all who ask', async () => {
    const { gate } = await watched();
    fault = full;
    const looks = await Promise.all([gate.look(), gate.look()]);
    expect([looks, writes]).toEqual([Array(2).fill({ trouble: 'full', place: '/data/mesh.db' }), 1]);
    fault = null;
    now = LOOK_MS - 1;
    expect(await gate.look()).not.toBeNull();
    now = LOOK_MS;
    expect([await gate.look(), gate.closed(), writes]).toEqual([null, null, 2]);
  });

  test('answers who asks although the store does not', async () => {
    const { gate } = await watched();
    slow = true;
    expect(await gate.look()).toEqual({ trouble: 'slow', place: '/data/mesh.db' });
    expect(now).toBe(LOOK_LIMIT_MS);
  });

  test('is tried each second while it is closed, and not written to while it is open', async () => {
    const { gate } = await watched();
    expect([await gate.check(), writes]).toEqual([null, 0]);
    fault = full;
    await gate.look();
    now += LOOK_MS;
    expect([await gate.check(), writes]).toEqual([{ trouble: 'full', place: '/data/mesh.db' }, 2]);
    fault = null;
    now += LOOK_MS;
    expect([await gate.check(), gate.closed(), writes]).toEqual([null, null, 3]);
  });

  test('closes where the file was taken away although nobody writes, and opens when it is back', async () => {
    const { gate } = await watched();
    gone = 'missing';
    fault = new StoreUnavailable('gone', { trouble: 'missing' });
    const closed = { trouble: 'missing', place: '/data/mesh.db' };
    expect([await gate.check(), gate.closed(), told]).toEqual([closed, closed, ['missing']]);
    gone = fault = null;
    now += LOOK_MS;
    expect([await gate.check(), gate.closed(), told]).toEqual([null, null, ['missing', null]]);
  });

  test('says for a while that it was closed a moment ago', async () => {
    const { documents, gate } = await watched();
    expect(gate.isJustBack()).toBe(false);
    fault = full;
    await expect(documents.commit([write])).rejects.toBe(full);
    expect(gate.isJustBack()).toBe(false);
    fault = null;
    now = 1_000;
    await documents.commit([write]);
    now = 1_000 + PATIENCE_MS - 1;
    expect(gate.isJustBack()).toBe(true);
    now++;
    expect(gate.isJustBack()).toBe(false);
  });
});
