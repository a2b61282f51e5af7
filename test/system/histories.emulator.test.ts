import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Documents } from '../../functions/core/store/documents.ts';
import { connectEmulator } from '../support/connect-emulator.ts';
import { describeEmulated } from '../support/describe-emulated.ts';
import fc from '../support/fast-check.ts';
import { makeWorld, step } from '../support/ledger-world.ts';

const RUNS = Number(process.env.LEDGER_EMULATOR_RUNS ?? 3);
const TIMEOUT_MS = 60_000 + RUNS * 30_000;

describeEmulated('money on Firestore', () => {
  let documents: Documents;
  beforeAll(() => {
    documents = connectEmulator('demo-mesh-ledger');
  });
  afterAll(() => documents.close());

  test(
    'whatever happens to whom in whatever order, everybody’s books add up after every step',
    async () => {
      let worlds = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 25 }), async (steps) => {
          let ahead = 0;
          // The store's own clock goes its way; how far this world is ahead of it, its sweep and instances are told.
          const shifted: Documents = {
            place: 'test',
            get: (collection, id) => documents.get(collection, id),
            query: (query) => documents.query(query),
            listen: (query, onChanges, onError) => documents.listen(query, onChanges, onError),
            transaction: (body) => documents.transaction(body),
            commit: (writes) => documents.commit(writes),
            now: async () => (await documents.now()) + ahead,
            close: async () => {},
          };
          const clock = {
            now: () => Date.now() + ahead,
            advance: (milliseconds: number) => {
              ahead += milliseconds;
            },
          };
          const world = await makeWorld(shifted, `w${Date.now()}_${++worlds}_`, clock);
          for (const each of steps) {
            await world.run(each);
            expect(await world.faults()).toEqual([]);
          }
          expect(await world.end()).toEqual([]);
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
    },
    TIMEOUT_MS,
  );
});
