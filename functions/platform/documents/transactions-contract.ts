import { describe, expect, test } from '@jest/globals';
import { type Change, ExpectationFailed } from '../../core/store/documents.ts';
import { type ContractWorld, set } from './contract-world.ts';

/** Transactions on one document at once. Firestore's emulator takes seconds to sort out a few. */
const CROWD = 5;
const CONTENTION_TIMEOUT_MS = 40_000;

/** What transactions and listeners of every adapter must do. */
export function describeTransactions(world: ContractWorld): void {
  describe('transactions', () => {
    const increment = () =>
      world.documents.transaction(async (tx) => {
        const found = await tx.get(world.collection, 'n');
        const n = (found?.data.n as bigint | undefined) ?? 0n;
        tx.write(set(world.collection, 'n', { n: n + 1n }));
        return n;
      });

    test(
      'count every one of many at once',
      async () => {
        world.fresh();
        const seen = await Promise.all(Array.from({ length: CROWD }, increment));
        expect(await world.dataOf('n')).toEqual({ n: BigInt(CROWD) });
        expect(new Set(seen).size).toBe(CROWD);
      },
      CONTENTION_TIMEOUT_MS,
    );

    test(
      'no write skew: two that read each other’s document cannot both pass',
      async () => {
        await world.documents.commit([set(world.fresh(), 'a', { on: true }), set(world.collection, 'b', { on: true })]);
        const leave = (mine: string, other: string) =>
          world.documents.transaction(async (tx) => {
            await tx.get(world.collection, mine);
            if ((await tx.get(world.collection, other))?.data.on !== true) return;
            tx.write(set(world.collection, mine, { on: false }));
          });
        await Promise.all([leave('a', 'b'), leave('b', 'a')]);
        expect([(await world.dataOf('a'))?.on, (await world.dataOf('b'))?.on].sort()).toEqual([false, true]);
      },
      CONTENTION_TIMEOUT_MS,
    );

    test('a body that throws writes nothing, and its error comes through', async () => {
      world.fresh();
      const failed = world.documents.transaction(async (tx) => {
        tx.write(set(world.collection, 'a', { v: 1n }));
        throw new RangeError('no');
      });
      await expect(failed).rejects.toThrow(RangeError);
      expect(await world.dataOf('a')).toBeNull();
    });

    test('a failed expectation writes nothing', async () => {
      await world.documents.commit([set(world.fresh(), 'a', { v: 1n })]);
      const failed = world.documents.transaction(async (tx) => {
        await tx.get(world.collection, 'a');
        tx.write(set(world.collection, 'b', { v: 1n }));
        tx.write(set(world.collection, 'a', { v: 2n }, 'absent'));
      });
      await expect(failed).rejects.toThrow(ExpectationFailed);
      expect(await world.dataOf('b')).toBeNull();
    });

    test('a read after a write is a mistake of ours, and says so', async () => {
      world.fresh();
      const failed = world.documents.transaction(async (tx) => {
        tx.write(set(world.collection, 'a', { v: 1n }));
        await tx.get(world.collection, 'a');
      });
      await expect(failed).rejects.toThrow(/before its first write/);
    });

    test('deletes and sets go together', async () => {
      await world.documents.commit([set(world.fresh(), 'hold', { amount: 5n })]);
      await world.documents.transaction(async (tx) => {
        const hold = await tx.get(world.collection, 'hold');
        tx.write({
          kind: 'delete',
          collection: world.collection,
          id: 'hold',
          expect: { version: hold?.version ?? '' },
        });
        tx.write(set(world.collection, 'entry', { amount: hold?.data.amount }, 'absent'));
      });
      expect([await world.dataOf('hold'), await world.dataOf('entry')]).toEqual([null, { amount: 5n }]);
    });
  });

  describe('listeners', () => {
    test('hear what is there, then every change, and nothing after they stopped', async () => {
      await world.documents.commit([
        set(world.fresh(), 'a', { kind: 'x', v: 1n }),
        set(world.collection, 'other', { kind: 'y' }),
      ]);
      const heard: string[] = [];
      const { until, note } = waiter();
      const stop = world.documents.listen(
        { collection: world.collection, where: [{ field: 'kind', op: '==', value: 'x' }] },
        (changes: Change[]) => {
          heard.push(changes.map(({ kind, document }) => `${kind} ${document.id} ${document.data.v}`).join(', '));
          note();
        },
        (error) => {
          throw error;
        },
      );
      await until(() => heard.length === 1);
      await world.documents.commit([set(world.collection, 'b', { kind: 'x', v: 2n })]);
      await until(() => heard.length === 2);
      await world.documents.commit([set(world.collection, 'other', { kind: 'y', v: 9n })]);
      await world.documents.commit([set(world.collection, 'a', { kind: 'x', v: 3n })]);
      await until(() => heard.length === 3);
      await world.documents.commit([{ kind: 'delete', collection: world.collection, id: 'b', expect: 'present' }]);
      await until(() => heard.length === 4);
      stop();
      await world.documents.commit([set(world.collection, 'c', { kind: 'x', v: 4n })]);
      expect(heard).toEqual(['set a 1', 'set b 2', 'set a 3', 'delete b 2']);
    });

    test('hear of nothing at once where there is nothing', async () => {
      const { until, note } = waiter();
      let heard: Change[] | null = null;
      const stop = world.documents.listen(
        { collection: world.fresh() },
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
