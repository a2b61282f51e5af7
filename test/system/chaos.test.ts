import { expect, test } from '@jest/globals';
import { describeChaos, faultsOf } from '../chaos/describe-chaos.ts';
import { runChaos } from '../chaos/run-chaos.ts';

/** The bounded form of `npm run chaos`, which goes on for as long as it is told to. */
const SECONDS = 20;
const LIMIT_MS = 240_000;

// What processes use is read from /proc.
const testOnLinux = process.platform === 'linux' ? test : test.skip;

testOnLinux(
  'three routers on one store, every kind of trouble at once: nobody dies of itself, and the books add up',
  async () => {
    const seed = String(Date.now());
    const report = await runChaos({ seconds: SECONDS, seed });
    const summary = `seed ${seed}\n${describeChaos(report)}`;
    if (!report.hadDisk) process.stderr.write('SKIPPED in the chaos test: no disk could be mounted that can be full\n');
    expect([summary, faultsOf(report)]).toEqual([summary, []]);
    expect(report.books.entries).toBeGreaterThan(20);
  },
  LIMIT_MS,
);
