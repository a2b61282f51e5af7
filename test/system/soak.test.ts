import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LoadUpstream, startLoadUpstream } from '../load/rig/load-upstream.ts';
import { JOURNAL_THREAD_DESCRIPTORS, runSoak, type SoakReport } from '../load/rig/run-soak.ts';

/** The shortest form of `npm run soak`: too short to tell whether memory grows, long enough to see what is left behind. */
const LOAD_MS = 5_000;
const LIMIT_MS = 40_000;

let upstream: LoadUpstream;
let report: SoakReport;

// Open files and sockets are counted in /proc.
const describeOnLinux = process.platform === 'linux' ? describe : describe.skip;

describeOnLinux('a router under load', () => {
  beforeAll(async () => {
    upstream = await startLoadUpstream();
    report = await runSoak(upstream, { loadMs: LOAD_MS, calibrateMs: 1_000, sampleMs: 500 });
  }, LIMIT_MS);
  afterAll(() => upstream.close());

  test('answers everything', () => expect(report.requests).toBeGreaterThan(0));

  test('leaves no socket', () => expect(report.descriptorsLeft).toBeLessThanOrEqual(JOURNAL_THREAD_DESCRIPTORS));

  test('goes when asked to: no timer and no listener keeps it', () => expect(report.exitCode).toBe(0));

  test('leaves neither lease nor hold, and the books add up', () => {
    expect([report.openLeases, report.holds, report.ledgerFaults]).toEqual([0, 0, 0]);
  });
});
