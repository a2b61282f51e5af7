import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** What a process has used so far, all its threads together. */
export interface ProcessCost {
  cpuUs: number;
  rssBytes: number;
}

const NANOS_PER_MICRO = 1_000;
const BYTES_PER_KB = 1_024;
const DAY_SECONDS = 86_400;

/** CPU time to the nanosecond from Linux's scheduler; elsewhere from `ps`, to the hundredth of a second at best. */
export function readCost(pid: number): ProcessCost {
  return existsSync(`/proc/${pid}/schedstat`) ? readProc(pid) : readPs(pid);
}

/** How many files, sockets and pipes a process has open. Linux only. */
export function countDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function readProc(pid: number): ProcessCost {
  let cpuNanos = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      cpuNanos += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    } catch {
      // A thread that ended since the folder was read.
    }
  }
  const rssKb = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { cpuUs: cpuNanos / NANOS_PER_MICRO, rssBytes: Number(rssKb ?? 0) * BYTES_PER_KB };
}

function readPs(pid: number): ProcessCost {
  const columns = execFileSync('ps', ['-o', 'time=,rss=', '-p', String(pid)], { encoding: 'utf8' });
  const [time = '', rssKb] = columns.trim().split(/\s+/);
  return { cpuUs: parsePsTime(time) * 1e6, rssBytes: Number(rssKb ?? 0) * BYTES_PER_KB };
}

/** Seconds of `ps`: `[[days-]hours:]minutes:seconds`, with hundredths on some systems. */
export function parsePsTime(text: string): number {
  const [clock = '', days = '0'] = text.split('-').reverse();
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return Number(days) * DAY_SECONDS + seconds;
}
