import { afterAll, describe, expect, test } from '@jest/globals';
import { storedFields } from '../../../test/support/arbitrary-fields.ts';
import { connectEmulator } from '../../../test/support/connect-emulator.ts';
import { startCuttingProxy } from '../../../test/support/cutting-proxy.ts';
import { describeEmulated } from '../../../test/support/describe-emulated.ts';
import fc from '../../../test/support/fast-check.ts';
import { connectOfficial } from '../../../test/support/official-firestore.ts';
import { StoreUnavailable } from '../../core/store/documents.ts';
import { ContractWorld, set } from './contract-world.ts';
import { describeDocuments } from './documents-contract.ts';
import { normalizeFields } from './encode-document.ts';
import { createCalls } from './firestore-calls.ts';
import { openConnection } from './firestore-connection.ts';
import { EMULATOR_HEADERS } from './firestore-credentials.ts';
import { connectFirestore } from './firestore-documents.ts';

const PROJECT = 'demo-mesh';
const RUNS = Number(process.env.VALUE_RUNS ?? 60);
const TIMEOUT_MS = 60_000;

describeEmulated('on the emulator', () => {
  describeDocuments('Firestore', () => connectEmulator(PROJECT));
  describeDocuments('Firestore by its own client', () => connectOfficial(PROJECT));

  describe('ours and Google’s own client', () => {
    const ours = connectEmulator(PROJECT);
    const theirs = connectOfficial(PROJECT);
    afterAll(() => Promise.all([ours.close(), theirs.close()]));
    const collection = new ContractWorld().fresh();

    test(
      'write and read the same',
      async () => {
        let n = 0;
        await fc.assert(
          fc.asyncProperty(storedFields(), async (data) => {
            const [a, b] = [`a${++n}`, `b${n}`];
            await ours.commit([set(collection, a, data)]);
            await theirs.commit([set(collection, b, data)]);
            const expected = normalizeFields(data);
            for (const id of [a, b]) {
              const [one, other] = await Promise.all([ours.get(collection, id), theirs.get(collection, id)]);
              expect(one?.data).toEqual(expected);
              expect(other).toEqual(one);
            }
          }),
          { numRuns: RUNS },
        );
      },
      TIMEOUT_MS,
    );

    test('know one version of a document, from a commit, a read and a query', async () => {
      const version = await ours.commit([set(collection, 'versioned', { unique: 'versioned' })]);
      const where = [{ field: 'unique', op: '==' as const, value: 'versioned' }];
      const [queried] = await ours.query({ collection, where });
      const read = await ours.get(collection, 'versioned');
      expect([queried?.version, read?.version]).toEqual([version, version]);
    });

    test('replace half of a surrogate pair', async () => {
      await ours.commit([set(collection, 'half', { text: 'a\ud800b' })]);
      expect((await ours.get(collection, 'half'))?.data).toEqual({ text: 'a\ufffdb' });
    });
  });

  test('a transaction that was applied and is committed again says so as something else than a refusal', async () => {
    const host = process.env.FIRESTORE_EMULATOR_HOST ?? '';
    const database = `projects/${PROJECT}/databases/(default)`;
    const connection = openConnection(`http://${host}`);
    const now = () => performance.now();
    const calls = createCalls({ connection, database, authorize: () => EMULATOR_HEADERS, now });
    const deadline = now() + TIMEOUT_MS;
    const name = `${database}/documents/${new ContractWorld().fresh()}/a`;
    const { transaction } = await calls.batchGet([name], { begin: { insteadOf: null } }, deadline);
    let open = 0;
    const commit = () => calls.commit([`{"update":{"name":"${name}"}}`], transaction, deadline, () => open++);
    await commit();
    expect(open).toBe(0);
    await expect(commit()).rejects.toMatchObject({ kind: 'unknown' });
    expect(open).toBe(1);
    await connection.close();
  });

  describe('with connections that are cut', () => {
    /** A transaction whose begin is lost after it was heard keeps its locks until Firestore forgets it. */
    const isMeant = (request: string) => !request.includes('newTransaction');
    const increment = (world: ContractWorld, by: string) =>
      world.documents.transaction(async (tx) => {
        if ((await tx.get(world.collection, by)) !== null) return;
        const found = await tx.get(world.collection, 'n');
        tx.write(set(world.collection, 'n', { n: ((found?.data.n as bigint | undefined) ?? 0n) + 1n }));
        tx.write(set(world.collection, by, {}, 'absent'));
      });

    test.each(['before', 'after'] as const)(
      '%s Firestore heard of it: every increment is made once, and nothing that was made is told as refused',
      async (moment) => {
        const proxy = await startCuttingProxy(process.env.FIRESTORE_EMULATOR_HOST ?? '', moment, 4, isMeant);
        const world = new ContractWorld();
        world.documents = connectFirestore({ projectId: PROJECT, emulatorHost: proxy.host });
        world.fresh();
        for (let n = 1; n <= 12; n++) await increment(world, `by ${n}`);
        expect(await world.dataOf('n')).toEqual({ n: 12n });
        const outcomes: string[] = [];
        for (let n = 1; n <= 12; n++) {
          const id = `made ${n}`;
          const outcome = await world.documents.commit([set(world.collection, id, {}, 'absent')]).then(
            () => 'made',
            (error) => (error instanceof StoreUnavailable ? 'unknown' : 'refused'),
          );
          outcomes.push(outcome);
          expect([outcome, await world.dataOf(id)]).toEqual([outcome, {}]);
        }
        expect(outcomes).not.toContain('refused');
        expect(outcomes.includes('unknown')).toBe(moment === 'after');
        expect(proxy.cuts()).toBeGreaterThan(5);
        await world.documents.close();
        await proxy.close();
      },
      TIMEOUT_MS,
    );
  });
});
