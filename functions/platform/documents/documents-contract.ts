import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Documents, ExpectationFailed, type Write } from '../../core/store/documents.ts';
import { ContractWorld, set } from './contract-world.ts';
import { describeTransactions } from './transactions-contract.ts';

/** What every adapter of `Documents` must do. Each run has collections of its own. */
export function describeDocuments(name: string, open: () => Documents | Promise<Documents>): void {
  describe(name, () => {
    const world = new ContractWorld();
    beforeAll(async () => {
      world.documents = await open();
    });
    afterAll(() => world.documents.close());

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
      await world.documents.commit([set(world.fresh(), 'a', data)]);
      expect(await world.dataOf('a')).toEqual(data);
    });

    test('integers come back as bigint, and undefined is not there', async () => {
      await world.documents.commit([set(world.fresh(), 'a', { five: 5, gone: undefined })]);
      expect(await world.dataOf('a')).toEqual({ five: 5n });
    });

    test('what was never there is null', async () => expect(await world.documents.get(world.fresh(), 'x')).toBeNull());

    test('a set replaces the whole document, with a condition too', async () => {
      await world.documents.commit([set(world.fresh(), 'a', { one: 1n })]);
      await world.documents.commit([set(world.collection, 'a', { two: 2n }, 'present')]);
      expect(await world.dataOf('a')).toEqual({ two: 2n });
    });

    describe('expectations', () => {
      const makers: [string, (version: string) => Write, boolean][] = [
        ['set absent on what is there', () => set(world.collection, 'a', { v: 2n }, 'absent'), false],
        ['set absent on what is not', () => set(world.collection, 'b', { v: 2n }, 'absent'), true],
        ['set present on what is there', () => set(world.collection, 'a', { v: 2n }, 'present'), true],
        ['set present on what is not', () => set(world.collection, 'b', { v: 2n }, 'present'), false],
        ['set at its version', (version) => set(world.collection, 'a', { v: 2n }, { version }), true],
        ['set at a version of nothing', (version) => set(world.collection, 'b', { v: 2n }, { version }), false],
        [
          'delete present on what is there',
          () => ({ kind: 'delete', collection: world.collection, id: 'a', expect: 'present' }),
          true,
        ],
        [
          'delete present on what is not',
          () => ({ kind: 'delete', collection: world.collection, id: 'b', expect: 'present' }),
          false,
        ],
        [
          'delete at its version',
          (version) => ({ kind: 'delete', collection: world.collection, id: 'a', expect: { version } }),
          true,
        ],
        [
          'delete any on what is not',
          () => ({ kind: 'delete', collection: world.collection, id: 'b', expect: 'any' }),
          true,
        ],
        [
          'update at its version',
          (version) => ({
            kind: 'update',
            collection: world.collection,
            id: 'a',
            data: { v: 2n },
            expect: { version },
          }),
          true,
        ],
        [
          'update at a version of nothing',
          (version) => ({
            kind: 'update',
            collection: world.collection,
            id: 'b',
            data: { v: 2n },
            expect: { version },
          }),
          false,
        ],
      ];

      test.each(makers)('%s', async (_name, make, holds) => {
        await world.documents.commit([set(world.fresh(), 'a', { v: 1n })]);
        const version = (await world.documents.get(world.collection, 'a'))?.version ?? '';
        const commit = world.documents.commit([set(world.collection, 'witness', { v: 1n }), make(version)]);
        if (holds) await commit;
        else await expect(commit).rejects.toThrow(ExpectationFailed);
        expect((await world.dataOf('witness')) !== null).toBe(holds);
      });

      test('an update leaves the fields that it does not name, and the next one needs no read in between', async () => {
        await world.documents.commit([set(world.fresh(), 'a', { v: 1n, kept: { inner: 1n }, gone: 'x' })]);
        const version = (await world.documents.get(world.collection, 'a'))?.version ?? '';
        const update = (v: bigint, expect: { version: string }): Write => ({
          kind: 'update',
          collection: world.collection,
          id: 'a',
          data: { v, gone: null },
          expect,
        });
        const second = await world.documents.commit([
          update(2n, { version }),
          set(world.collection, 'b', { v: 1n }, 'absent'),
        ]);
        const third = await world.documents.commit([update(3n, { version: second ?? '' })]);
        expect(await world.dataOf('a')).toEqual({ v: 3n, kept: { inner: 1n }, gone: null });
        expect((await world.documents.get(world.collection, 'a'))?.version).toBe(third);
        await expect(world.documents.commit([update(4n, { version: second ?? '' })])).rejects.toThrow(
          ExpectationFailed,
        );
      });

      test('an old version is refused, also after the document was deleted and made again', async () => {
        await world.documents.commit([set(world.fresh(), 'a', { v: 1n })]);
        const old = (await world.documents.get(world.collection, 'a'))?.version ?? '';
        await world.documents.commit([{ kind: 'delete', collection: world.collection, id: 'a', expect: 'any' }]);
        await world.documents.commit([set(world.collection, 'a', { v: 1n }, 'absent')]);
        await expect(world.documents.commit([set(world.collection, 'a', { v: 2n }, { version: old })])).rejects.toThrow(
          ExpectationFailed,
        );
        await expect(
          world.documents.commit([{ kind: 'delete', collection: world.collection, id: 'a', expect: { version: old } }]),
        ).rejects.toThrow(ExpectationFailed);
        expect(await world.dataOf('a')).toEqual({ v: 1n });
      });
    });

    test('has a clock that all instances share', async () => {
      const before = await world.documents.now();
      const after = await world.documents.now();
      expect(after).toBeGreaterThanOrEqual(before);
      expect(Math.abs(before - Date.now())).toBeLessThan(60_000);
    });

    test('tells by that clock when a transaction read', async () => {
      world.fresh();
      const before = await world.documents.now();
      const readAt = () =>
        world.documents.transaction(async (tx) => {
          expect(() => tx.readAt()).toThrow('before its first read');
          await tx.get(world.collection, 'a');
          tx.write(set(world.collection, 'a', { v: 1n }));
          return tx.readAt();
        });
      const [first, second] = [await readAt(), await readAt()];
      const after = await world.documents.now();
      expect([before, first, second, after]).toEqual([before, first, second, after].sort((a, b) => a - b));
    });

    describe('queries', () => {
      test('filter, order, limit and break ties by id', async () => {
        world.fresh();
        const rows = [
          ['a', 'x', 3n],
          ['b', 'x', 1n],
          ['c', 'y', 2n],
          ['d', 'x', 1n],
          ['e', 'x', 2n],
        ] as const;
        await world.documents.commit(
          rows.map(([id, owner, rank]) =>
            set(world.collection, id, { owner, rank, at: new Date(Number(rank)), even: rank % 2n === 0n }),
          ),
        );
        const ids = async (query: Omit<Parameters<Documents['query']>[0], 'collection'>) =>
          (await world.documents.query({ collection: world.collection, ...query }))
            .map((document) => document.id)
            .join('');
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

    test('a field that is of no use may be left out of what a query finds, and nothing else', async () => {
      const data = { v: 9_007_199_254_740_993n, at: new Date(5), kept: { large: 1n } };
      await world.documents.commit([set(world.fresh(), 'a', { ...data, large: { inner: [1n] } })]);
      const [found] = await world.documents.query({ collection: world.collection, without: 'large' });
      const { large, ...others } = found?.data ?? {};
      expect(others).toEqual(data);
      expect(found?.version).toBe((await world.documents.get(world.collection, 'a'))?.version);
      expect([undefined, { inner: [1n] }]).toContainEqual(large);
    });

    describeTransactions(world);
  });
}
