import { cases } from './cases.ts';
import { type Figure, median, medianOf, type Results } from './results.ts';
import type { VariantName } from './variants.ts';

/** What Mesh is to reach, and what it reached. */
export interface Goal {
  text: string;
  /** Null where this run has not measured it. */
  reached: number | null;
  limit: number;
  sense: 'at least' | 'at most';
  unit: string;
}

const MEGABYTE = 2 ** 20;
const throughput: Figure = (measure) => measure.requestsPerSecond;
const perChunk: Figure = (measure) => measure.cpuPerChunkUs;
const total50: Figure = (measure) => measure.latencyMs.p50;
const total99: Figure = (measure) => measure.latencyMs.p99;
const first50: Figure = (measure) => measure.firstByteMs.p50;
const first99: Figure = (measure) => measure.firstByteMs.p99;
const cpu: Figure = (measure) => measure.cpuPerRequestUs;

export function judge(results: Results): Goal[] {
  const mesh = (name: string, figure: Figure) => medianOf(results, name, 'mesh', figure);
  const ratio = (name: string, figure: Figure, other: VariantName, otherName = name) =>
    divide(mesh(name, figure), medianOf(results, otherName, other, figure));
  const over = (name: string, figure: Figure) => subtract(mesh(name, figure), medianOf(results, name, 'bare', figure));
  const rss = mesh('whole-256', (measure) => measure.rssBytes);
  const coldStart = results.coldStart === null ? null : median(results.coldStart.firstReplyMs);
  const atLeast = (text: string, reached: number | null, limit: number, unit: string): Goal => {
    return { text, reached, limit, sense: 'at least', unit };
  };
  const atMost = (text: string, reached: number | null, limit: number, unit: string): Goal => {
    return { text, reached, limit, sense: 'at most', unit };
  };
  /** µs of CPU a request on Firestore's emulator, by case. */
  const stored = { 'store-low-5': 1_500, 'store-low-50': 700, 'store-1': 600, 'store-16': 400, 'store-64': 280 };
  const onFirestore = (name: string, figure: Figure) => medianOf(results, name, 'mesh-firestore', figure);
  const h2c = divide(medianOf(results, 'whole-16', 'mesh-h2c', cpu), mesh('whole-16', cpu));
  return [
    atLeast('whole replies, 16 connections, requests/s: of bare', ratio('whole-16', throughput, 'bare'), 0.4, '×'),
    atMost('the same, CPU a request', mesh('whole-16', cpu), 180, 'µs'),
    atMost('the same by cleartext HTTP/2: CPU of that by HTTP/1.1', h2c, 1.1, '×'),
    atLeast('whole replies, 1 connection, requests/s: of bare', ratio('whole-1', throughput, 'bare'), 0.6, '×'),
    atMost('whole replies at 200/s, p50, over bare', over('steady', total50), 0.4, 'ms'),
    atMost('the same, p99', mesh('steady', total99), 2, 'ms'),
    atMost('a request of 100 KB, CPU', mesh('body', cpu), 650, 'µs'),
    atLeast('streams/s, 16 connections: of bare', ratio('stream', throughput, 'bare'), 0.95, '×'),
    // Paced, since of chunks without delay a gateway reads the more at once the slower it is.
    atMost('200 streams, 10 ms between chunks: CPU a chunk', mesh('paced-200', perChunk), 32, 'µs'),
    atMost('first byte of a stream at 20/s, p50, over bare', over('low-stream', first50), 0.4, 'ms'),
    atMost('the same, p99', mesh('low-stream', first99), 4, 'ms'),
    ...Object.entries(stored).map(([name, limit]) => {
      const title = cases.find((each) => each.name === name)?.title ?? name;
      return atMost(`${title}, CPU a request`, onFirestore(name, cpu), limit, 'µs');
    }),
    atMost('on Firestore: first byte of a stream at 20/s, p50', onFirestore('store-stream', first50), 4, 'ms'),
    atMost('the same, p99', onFirestore('store-stream', first99), 15, 'ms'),
    atMost('RSS under 256 connections', rss === null ? null : rss / MEGABYTE, 200, 'MB'),
    atMost('cold start of the bundle to its first chat reply', coldStart, 400, 'ms'),
  ];
}

export function isMet({ reached, limit, sense }: Goal): boolean | null {
  if (reached === null) return null;
  return sense === 'at least' ? reached >= limit : reached <= limit;
}

function divide(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a / b;
}

function subtract(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b;
}
