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
  return [
    ...[16, 64, 256].flatMap((connections) => {
      const name = `whole-${connections}`;
      return [
        atLeast(`requests/s, whole, ${connections} connections: of bare`, ratio(name, throughput, 'bare'), 0.6, '×'),
        atLeast(`the same: of Portkey`, ratio(name, throughput, 'portkey'), 5, '×'),
      ];
    }),
    atLeast('streams/s, 16 connections: of bare', ratio('stream', throughput, 'bare'), 0.7, '×'),
    atLeast('the same: of Portkey', ratio('stream', throughput, 'portkey'), 2, '×'),
    // Paced, since of chunks without delay a gateway reads the more at once the slower it is.
    atMost('CPU per chunk (200 streams), formats match: of bare', ratio('paced-200', perChunk, 'bare'), 1.3, '×'),
    atMost('the same, translated: of bare', ratio('translate-paced', perChunk, 'bare', 'paced-200'), 2, '×'),
    atMost('p50 of whole replies at 20/s, over bare', over('low', total50), 0.5, 'ms'),
    atMost('p99 of whole replies at 20/s, over bare', over('low', total99), 3, 'ms'),
    atMost('first byte of a stream at 20/s (p50), over bare', over('low-stream', first50), 1, 'ms'),
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
