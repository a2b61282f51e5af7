import { MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  AlwaysOnSampler,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { createCountedMetrics } from '../../functions/platform/telemetry/counted-metrics.ts';
import { createOtelTracing } from '../../functions/platform/telemetry/otel-tracing.ts';
import { createPrometheusText } from '../../functions/platform/telemetry/prometheus-text.ts';
import { PullReader } from '../../functions/platform/telemetry/pull-reader.ts';
import type { Telemetry } from '../../functions/platform/telemetry/telemetry.ts';

export interface MemoryTelemetry extends Telemetry {
  prometheus: () => Promise<string>;
  /** Spans that have ended. */
  spans(): readonly ReadableSpan[];
  /** The value of one line of the metrics, which has all of these words in it; null where there is none. */
  value(...words: string[]): Promise<number | null>;
}

/** OpenTelemetry as it runs in production, but for where things go: they are kept. */
export function memoryTelemetry({ ratio = 0, askedPerSecond = 1_000 } = {}): MemoryTelemetry {
  const metrics = createCountedMetrics();
  const reader = new PullReader({ metricProducers: [metrics] });
  new MeterProvider({ readers: [reader] });
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    sampler: new AlwaysOnSampler(),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  const prometheus = createPrometheusText(reader);
  return {
    metrics,
    tracing: createOtelTracing(provider.getTracer('test'), {
      ratio,
      askedPerSecond,
      projectId: 'demo-mesh',
      random: Math.random,
      monotonic: () => performance.now(),
    }),
    prometheus,
    spans: () => exporter.getFinishedSpans(),
    async value(...words) {
      const lines = (await prometheus()).split('\n').filter((line) => !line.startsWith('#'));
      const found = lines.filter((line) => words.every((word) => line.includes(word)));
      if (found.length > 1) throw new Error(`More than one line has ${words.join(' and ')}:\n${found.join('\n')}`);
      return found[0] === undefined ? null : Number(found[0].split(' ').at(-1));
    },
    flush: async () => {},
    close: async () => {},
  };
}
