import type { ChaosReport } from './run-chaos.ts';

const MEGABYTE = 2 ** 20;

/** What went wrong; empty where nothing did. */
export function faultsOf({ deaths, books, failures }: ChaosReport): string[] {
  const uncaught = [...failures].filter(([name]) => name.startsWith('uncaught'));
  return [...deaths, ...uncaught.map(([name, count]) => `${name}: ${count} times`), ...books.faults];
}

/** A run, for people. */
export function describeChaos({ counts, hadDisk, failures, maxRss, waits, books }: ChaosReport): string {
  const count = ([name, times]: [string, number]) => `${String(times).padStart(8)}  ${name}`;
  return [
    ...[...counts].sort().map(count),
    ...[...failures].sort().map(count),
    ...(hadDisk ? [] : ['NO FULL DISK: none could be mounted here']),
    `max RSS: ${maxRss.map((bytes) => `${(bytes / MEGABYTE).toFixed(0)} MB`).join(', ')}`,
    `wait of well-behaved callers: p50 ${waits.p50.toFixed(0)} ms, p99 ${waits.p99.toFixed(0)} ms, longest ${waits.longest.toFixed(0)} ms`,
    `${books.owners} owners, ${books.entries} entries counted again`,
  ].join('\n');
}
