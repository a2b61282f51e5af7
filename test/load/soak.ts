import { parseArgs } from 'node:util';
import { startLoadUpstream } from './rig/load-upstream.ts';
import { pinThisProcess } from './rig/pin.ts';
import { JOURNAL_THREAD_DESCRIPTORS, runSoak } from './rig/run-soak.ts';

/**
 * Half of what a router can do, for an hour, `npm run soak`, or `npm run soak -- --minutes 5`. Fails where its memory grows, or
 * where it leaves a socket, a lease or a hold, or does not go when asked to: a timer or listener that was left would keep it.
 */
const DEFAULT_MINUTES = '60';
const CALIBRATE_MS = 4_000;
const SAMPLE_MS = 5_000;
/** RSS late in the run to RSS early in it, at most. */
const MAX_GROWTH = 1.1;
const MEGABYTE = 2 ** 20;

const { values } = parseArgs({ options: { minutes: { type: 'string', default: DEFAULT_MINUTES } } });
const loadMs = Number(values.minutes) * 60_000;
if (!(loadMs > 0)) throw new Error('--minutes must be a number above 0.');

const upstream = await startLoadUpstream();
pinThisProcess();
const report = await runSoak(upstream, {
  loadMs,
  calibrateMs: CALIBRATE_MS,
  sampleMs: SAMPLE_MS,
  onSample: ({ atMs, rssBytes }) =>
    console.log(
      `${(atMs / 60_000).toFixed(1).padStart(6)} min  ${(rssBytes / MEGABYTE).toFixed(0).padStart(5)} MB RSS`,
    ),
});
await upstream.close();

const checks: [string, boolean][] = [
  [`RSS late to early ${report.rssGrowth.toFixed(3)}, at most ${MAX_GROWTH}`, report.rssGrowth <= MAX_GROWTH],
  [`${report.descriptorsLeft} files or sockets left`, report.descriptorsLeft <= JOURNAL_THREAD_DESCRIPTORS],
  [`exit code ${report.exitCode}`, report.exitCode === 0],
  [`${report.ledgerFaults} owners whose books are wrong`, report.ledgerFaults === 0],
  [`${report.openLeases} open leases, ${report.holds} holds`, report.openLeases === 0 && report.holds === 0],
];
console.log(`\n${report.requests} requests, ${report.perSecond.toFixed(0)} a second`);
for (const [text, holds] of checks) console.log(`${holds ? 'ok    ' : 'FAILED'} ${text}`);
if (checks.some(([, holds]) => !holds)) process.exitCode = 1;
