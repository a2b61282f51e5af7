import { readdirSync, readFileSync } from 'node:fs';

/** What a process has used so far, all its threads together. */
export interface ProcessCost {
  cpuUs: number;
  rssBytes: number;
}

const NANOS_PER_MICRO = 1_000;

/** From Linux's `/proc`, CPU time to the nanosecond. Throws where there is no such thing. */
export function readCost(pid: number): ProcessCost {
  let cpuNanos = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      cpuNanos += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    } catch {
      // A thread that ended since the folder was read.
    }
  }
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { cpuUs: cpuNanos / NANOS_PER_MICRO, rssBytes: Number(kilobytes ?? 0) * 1_024 };
}

/** How many files, sockets and pipes a process has open. */
export function countDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
