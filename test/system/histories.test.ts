import { expect, test } from '@jest/globals';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import fc from '../support/fast-check.ts';
import { makeWorld, step } from '../support/ledger-world.ts';

/** `npm run test:crash` runs many more. */
const RUNS = Number(process.env.LEDGER_RUNS ?? 60);
const TIMEOUT_MS = 60_000 + RUNS * 2_000;

test(
  'whatever happens to whom in whatever order, everybody’s books add up after every step',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        let time = Date.UTC(2026, 10, 23, 20);
        const documents = await openSqliteDocuments(':memory:', { now: () => time });
        const clock = {
          now: () => time,
          advance: (milliseconds: number) => {
            time += milliseconds;
          },
        };
        const world = await makeWorld(documents, '', clock);
        for (const each of steps) {
          await world.run(each);
          expect(await world.faults()).toEqual([]);
        }
        expect(await world.end()).toEqual([]);
        await documents.close();
      }),
      { numRuns: RUNS },
    );
  },
  TIMEOUT_MS,
);
