import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Change, type Documents, ExpectationFailed, type Fields, type Write } from '../../core/store/documents.ts';

const set = (
  collection: string,
  id: string,
  data: Fields,
  expect: Extract<Write, { kind: 'set' }>['expect'] = 'any',
): Write => ({
  kind: 'set',
  collection,
  id,
  data,
  expect,
});

/** Transactions on one document at once. Firestore's emulator takes seconds to sort out a few. */
const CROWD = 5;
const CONTENTION_TIMEOUT_MS = 40_000;

/** What every adapter of `Documents` must do. Each run has collections of its own. */
export function describeDocuments(name: string, open: () => Documents | Promise<Documents>): void {
  describe(name, () => {
    let documents: Documents;
    let collection: string;
    beforeAll(async () => {
      documents = await open();
    });
    afterAll(() => documents.close());
    const fresh = () => {
      collection = `t${randomUUID().replaceAll('-', '')}`;
      return collection;
    };
    const dataOf = async (id: string) => (await documents.get(collection, id))?.data ?? null;

    test('gives back what was stored, to the last digit', async () => {
      const data = {
        nothing: null,
        yes: true,
        text: 'नमस्ते 🙏 "quoted" \u0000?',
        huge: 9_007_199_254_740_993n,
        most: 9_223_372_036_854_775_807n,
        least: -9_223_372_036_854_775_808n,
        fraction: 0.1,
        at: new Date(1_764_000_000_123),
        list: [1n, 'two', false, null],
        nested: { a: { b: 2n, empty: {} } },
        $date: 'not a date',
      };
      await documents.commit([set(fresh(), 'a', data)]);
      expect(await dataOf('a')).toEqual(data);
    });

    test('integers come back as bigint, and undefined is not there', async () => {
      await documents.commit([set(fresh(), 'a', { five: 5, gone: undefined })]);
      expect(await dataOf('a')).toEqual({ five: 5n });
    });

    test('what was never there is null', async () => expect(await documents.get(fresh(), 'x')).toBeNull());

    test('a set replaces the whole document, with a condition too', async () => {
      await documents.commit([set(fresh(), 'a', { one: 1n })]);
      await documents.commit([set(collection, 'a', { two: 2n }, 'present')]);
      expect(await dataOf('a')).toEqual({ two: 2n });
    });

    describe('expectations', () => {
      const makers: [string, (version: string) => Write, boolean][] = [
        ['set absent on what is there', () => set(collection, 'a', { v: 2n }, 'absent'), false],
        ['set absent on what is not', () => set(collection, 'b', { v: 2n }, 'absent'), true],
        ['set present on what is there', () => set(collection, 'a', { v: 2n }, 'present'), true],
        ['set present on what is not', () => set(collection, 'b', { v: 2n }, 'present'), false],
        ['set at its version', (version) => set(collection, 'a', { v: 2n }, { version }), true],
        ['set at a version of nothing', (version) => set(collection, 'b', { v: 2n }, { version }), false],
        ['delete present on what is there', () => ({ kind: 'delete', collection, id: 'a', expect: 'present' }), true],
        ['delete present on what is not', () => ({ kind: 'delete', collection, id: 'b', expect: 'present' }), false],
        ['delete at its version', (version) => ({ kind: 'delete', collection, id: 'a', expect: { version } }), true],
        ['delete any on what is not', () => ({ kind: 'delete', collection, id: 'b', expect: 'any' }), true],
        [
          'update at its version',
          (version) => ({ kind: 'update', collection, id: 'a', data: { v: 2n }, expect: { version } }),
          true,
        ],
        [
          'update at a version of nothing',
          (version) => ({ kind: 'update', collection, id: 'b', data: { v: 2n }, expect: { version } }),
          false,
        ],
      ];

      test.each(makers)('%s', async (_name, make, holds) => {
        await documents.commit([set(fresh(), 'a', { v: 1n })]);
        const version = (await documents.get(collection, 'a'))?.version ?? '';
        const commit = documents.commit([set(collection, 'witness', { v: 1n }), make(version)]);
        if (holds) await commit;
        else await expect(commit).rejects.toThrow(ExpectationFailed);
        expect((await dataOf('witness')) !== null).toBe(holds);
      });

      test('an update leaves the fields that it does not name, and the next one needs no read in between', async () => {
        await documents.commit([set(fresh(), 'a', { v: 1n, kept: { inner: 1n }, gone: 'x' })]);
        const version = (await documents.get(collection, 'a'))?.version ?? '';
        const update = (v: bigint, expect: { version: string }): Write => ({
          kind: 'update',
          collection,
          id: 'a',
          data: { v, gone: null },
          expect,
        });
        const second = await documents.commit([update(2n, { version }), set(collection, 'b', { v: 1n }, 'absent')]);
        const third = await documents.commit([update(3n, { version: second ?? '' })]);
        expect(await dataOf('a')).toEqual({ v: 3n, kept: { inner: 1n }, gone: null });
        expect((await documents.get(collection, 'a'))?.version).toBe(third);
        await expect(documents.commit([update(4n, { version: second ?? '' })])).rejects.toThrow(ExpectationFailed);
      });

      test('an old version is refused, also after the document was deleted and made again', async () => {
        await documents.commit([set(fresh(), 'a', { v: 1n })]);
        const old = (await documents.get(collection, 'a'))?.version ?? '';
        await documents.commit([{ kind: 'delete', collection, id: 'a', expect: 'any' }]);
        await documents.commit([set(collection, 'a', { v: 1n }, 'absent')]);
        await expect(documents.commit([set(collection, 'a', { v: 2n }, { version: old })])).rejects.toThrow(
          ExpectationFailed,
        );
        await expect(
          documents.commit([{ kind: 'delete', collection, id: 'a', expect: { version: old } }]),
        ).rejects.toThrow(ExpectationFailed);
        expect(await dataOf('a')).toEqual({ v: 1n });
      });
    });

    test('has a clock that all instances share', async () => {
      const before = await documents.now();
      const after = await documents.now();
      expect(after).toBeGreaterThanOrEqual(before);
      expect(Math.abs(before - Date.now())).toBeLessThan(60_000);
    });

    describe('queries', () => {
      test('filter, order, limit and break ties by id', async () => {
        fresh();
        const rows = [
          ['a', 'x', 3n],
          ['b', 'x', 1n],
          ['c', 'y', 2n],
          ['d', 'x', 1n],
          ['e', 'x', 2n],
        ] as const;
        await documents.commit(
          rows.map(([id, owner, rank]) =>
            set(collection, id, { owner, rank, at: new Date(Number(rank)), even: rank % 2n === 0n }),
          ),
        );
        const ids = async (query: Omit<Parameters<Documents['query']>[0], 'collection'>) =>
          (await documents.query({ collection, ...query })).map((document) => document.id).join('');
        expect(await ids({})).toBe('abcde');
        expect(await ids({ where: [{ field: 'owner', op: '==', value: 'x' }] })).toBe('abde');
        const ofX = { field: 'owner', op: '==' as const, value: 'x' };
        expect(await ids({ where: [ofX], orderBy: { field: 'rank', direction: 'asc' } })).toBe('bdea');
        expect(await ids({ where: [ofX], orderBy: { field: 'rank', direction: 'desc' } })).toBe('aedb');
        expect(await ids({ where: [ofX], orderBy: { field: 'rank', direction: 'asc' }, limit: 2 })).toBe('bd');
        expect(
          await ids({ where: [{ field: 'rank', op: '>=', value: 2n }], orderBy: { field: 'rank', direction: 'asc' } }),
        ).toBe('cea');
        expect(
          await ids({
            where: [{ field: 'at', op: '<', value: new Date(2) }],
            orderBy: { field: 'at', direction: 'asc' },
          }),
        ).toBe('bd');
        expect(await ids({ where: [{ field: 'even', op: '==', value: true }] })).toBe('ce');
        expect(await ids({ where: [{ field: 'rank', op: '==', value: '1' }] })).toBe('');
        expect(await ids({ orderBy: { field: 'missing', direction: 'asc' } })).toBe('');
      });
    });

    describe('transactions', () => {
      const increment = () =>
        documents.transaction(async (tx) => {
          const found = await tx.get(collection, 'n');
          const n = (found?.data.n as bigint | undefined) ?? 0n;
          tx.write(set(collection, 'n', { n: n + 1n }));
          return n;
        });

      test(
        'count every one of many at once',
        async () => {
          fresh();
          const seen = await Promise.all(Array.from({ length: CROWD }, increment));
          expect(await dataOf('n')).toEqual({ n: BigInt(CROWD) });
          expect(new Set(seen).size).toBe(CROWD);
        },
        CONTENTION_TIMEOUT_MS,
      );

      test(
        'no write skew: two that read each other’s document cannot both pass',
        async () => {
          await documents.commit([set(fresh(), 'a', { on: true }), set(collection, 'b', { on: true })]);
          const leave = (mine: string, other: string) =>
            documents.transaction(async (tx) => {
              await tx.get(collection, mine);
              if ((await tx.get(collection, other))?.data.on !== true) return;
              tx.write(set(collection, mine, { on: false }));
            });
          await Promise.all([leave('a', 'b'), leave('b', 'a')]);
          expect([(await dataOf('a'))?.on, (await dataOf('b'))?.on].sort()).toEqual([false, true]);
        },
        CONTENTION_TIMEOUT_MS,
      );

      test('a body that throws writes nothing, and its error comes through', async () => {
        fresh();
        const failed = documents.transaction(async (tx) => {
          tx.write(set(collection, 'a', { v: 1n }));
          throw new RangeError('no');
        });
        await expect(failed).rejects.toThrow(RangeError);
        expect(await dataOf('a')).toBeNull();
      });

      test('a failed expectation writes nothing', async () => {
        await documents.commit([set(fresh(), 'a', { v: 1n })]);
        const failed = documents.transaction(async (tx) => {
          await tx.get(collection, 'a');
          tx.write(set(collection, 'b', { v: 1n }));
          tx.write(set(collection, 'a', { v: 2n }, 'absent'));
        });
        await expect(failed).rejects.toThrow(ExpectationFailed);
        expect(await dataOf('b')).toBeNull();
      });

      test('a read after a write is a mistake of ours, and says so', async () => {
        fresh();
        const failed = documents.transaction(async (tx) => {
          tx.write(set(collection, 'a', { v: 1n }));
          await tx.get(collection, 'a');
        });
        await expect(failed).rejects.toThrow(/before its first write/);
      });

      test('deletes and sets go together', async () => {
        await documents.commit([set(fresh(), 'hold', { amount: 5n })]);
        await documents.transaction(async (tx) => {
          const hold = await tx.get(collection, 'hold');
          tx.write({ kind: 'delete', collection, id: 'hold', expect: { version: hold?.version ?? '' } });
          tx.write(set(collection, 'entry', { amount: hold?.data.amount }, 'absent'));
        });
        expect([await dataOf('hold'), await dataOf('entry')]).toEqual([null, { amount: 5n }]);
      });
    });

    describe('listeners', () => {
      test('hear what is there, then every change, and nothing after they stopped', async () => {
        await documents.commit([set(fresh(), 'a', { kind: 'x', v: 1n }), set(collection, 'other', { kind: 'y' })]);
        const heard: string[] = [];
        const { until, note } = waiter();
        const stop = documents.listen(
          { collection, where: [{ field: 'kind', op: '==', value: 'x' }] },
          (changes: Change[]) => {
            heard.push(changes.map(({ kind, document }) => `${kind} ${document.id} ${document.data.v}`).join(', '));
            note();
          },
          (error) => {
            throw error;
          },
        );
        await until(() => heard.length === 1);
        await documents.commit([set(collection, 'b', { kind: 'x', v: 2n })]);
        await until(() => heard.length === 2);
        await documents.commit([set(collection, 'other', { kind: 'y', v: 9n })]);
        await documents.commit([set(collection, 'a', { kind: 'x', v: 3n })]);
        await until(() => heard.length === 3);
        await documents.commit([{ kind: 'delete', collection, id: 'b', expect: 'present' }]);
        await until(() => heard.length === 4);
        stop();
        await documents.commit([set(collection, 'c', { kind: 'x', v: 4n })]);
        expect(heard).toEqual(['set a 1', 'set b 2', 'set a 3', 'delete b 2']);
      });

      test('hear of nothing at once where there is nothing', async () => {
        const { until, note } = waiter();
        let heard: Change[] | null = null;
        const stop = documents.listen(
          { collection: fresh() },
          (changes) => {
            heard = changes;
            note();
          },
          () => {},
        );
        await until(() => heard !== null);
        stop();
        expect(heard).toEqual([]);
      });
    });
  });
}

/** Waits for conditions that `note` is called after every change of. */
function waiter() {
  let look = () => {};
  return {
    note: () => look(),
    until: (condition: () => boolean) =>
      new Promise<void>((resolve) => {
        look = () => {
          if (condition()) resolve();
        };
        look();
      }),
  };
}
