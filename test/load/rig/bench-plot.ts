import { type Panel, plot } from './plot.ts';
import { type Figure, medianOf, type Results } from './results.ts';
import { type VariantName, variantNames } from './variants.ts';

/** The results at a glance: throughput, CPU for each chunk, and what a caller waits. */
export function plotResults(results: Results, title: string): string {
  const group = (label: string, name: string, figure: Figure, variants: readonly VariantName[] = variantNames) => ({
    label,
    bars: variants.map((series) => ({ series, value: medianOf(results, name, series, figure) })),
  });
  const rate: Figure = (measure) => measure.requestsPerSecond;
  const cpu: Figure = (measure) => measure.cpuPerRequestUs;
  const chunk: Figure = (measure) => measure.cpuPerChunkUs;
  const total50: Figure = (measure) => measure.latencyMs.p50;
  const total99: Figure = (measure) => measure.latencyMs.p99;
  const first50: Figure = (measure) => measure.firstByteMs.p50;
  const panels: Panel[] = [
    {
      title: 'Whole replies: requests a second on one core (more is better)',
      groups: [1, 16, 64, 256].map((n) => group(n === 1 ? '1 connection' : `${n} connections`, `whole-${n}`, rate)),
    },
    {
      title: 'Streams: CPU µs for each chunk (less is better)',
      groups: [
        group('16 streams, no delay', 'stream', chunk),
        group('200 streams, 10 ms', 'paced-200', chunk),
        group('1,000 streams, 10 ms', 'paced-1000', chunk),
        group('200 to Anthropic, 10 ms', 'translate-paced', chunk, ['mesh']),
      ],
    },
    {
      title: 'On Firestore: CPU µs a request (less is better)',
      groups: [
        ...[5, 50].map((perSecond) => group(`${perSecond}/s`, `store-low-${perSecond}`, cpu)),
        ...[1, 16, 64].map((n) => group(n === 1 ? '1 connection' : `${n} connections`, `store-${n}`, cpu)),
      ],
    },
    {
      title: 'At 20 requests a second: milliseconds (less is better)',
      groups: [
        group('whole, p50', 'low', total50),
        group('whole, p99', 'low', total99),
        group('stream, first byte p50', 'low-stream', first50),
        group('the same on Firestore', 'store-stream', first50),
      ],
    },
  ];
  return plot(title, variantNames, panels);
}
