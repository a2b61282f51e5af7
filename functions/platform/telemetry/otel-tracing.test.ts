import { describe, expect, test } from '@jest/globals';
import { SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import { AlwaysOnSampler, InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { createOtelTracing, type TracingOptions } from './otel-tracing.ts';

const parent = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', sampled: true };
const never: Tracer = {
  startSpan: () => {
    throw new Error('a span was made');
  },
  startActiveSpan: () => {
    throw new Error('a span was made');
  },
};

function setUp(changes: Partial<TracingOptions> = {}, tracer?: Tracer) {
  const exporter = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor({ exporter })];
  const provider = new TracerProvider({ sampler: new AlwaysOnSampler(), spanProcessors });
  let nowMs = 0;
  const tracing = createOtelTracing(tracer ?? provider.getTracer('test'), {
    ratio: 0,
    askedPerSecond: 2,
    projectId: 'mesh',
    random: () => 0.5,
    monotonic: () => nowMs,
    ...changes,
  });
  return {
    tracing,
    spans: () => exporter.getFinishedSpans(),
    advance: (ms: number) => {
      nowMs += ms;
    },
  };
}

describe('what is followed', () => {
  test('by chance, where nobody began it', () => {
    expect(setUp({ ratio: 0.6 }).tracing.begin('a', null)).not.toBeNull();
    expect(setUp({ ratio: 0.5 }, never).tracing.begin('a', null)).toBeNull();
  });

  test('as its parent was, whatever chance says', () => {
    expect(setUp().tracing.begin('a', parent)?.context.traceId).toBe(parent.traceId);
    expect(setUp({ ratio: 1 }, never).tracing.begin('a', { ...parent, sampled: false })).toBeNull();
  });

  test('no more than so many a second, however many callers ask for it', () => {
    const { tracing, advance } = setUp();
    const begun = () => [1, 2, 3, 4].filter(() => tracing.begin('a', parent) !== null).length;
    expect(begun()).toBe(2);
    advance(1_000);
    expect(begun()).toBe(2);
  });
});

test('a span has its parent, its times, its kind, and its failure', () => {
  const { tracing, spans } = setUp();
  const at = Date.parse('2026-11-25T00:00:00Z');
  const outer = tracing.begin('outer', parent, { kind: 'server', startedAt: at });
  const inner = outer?.child('inner', {
    kind: 'client',
    startedAt: at + 100,
    attributes: { 'error.type': 'upstream_error' },
  });
  inner?.end(at + 200);
  outer?.set({ 'gen_ai.provider.name': 'acme' });
  outer?.end(at + 300);
  expect(
    spans().map(({ name, kind, parentSpanContext, startTime, endTime, status, attributes }) => ({
      name,
      kind,
      parent: parentSpanContext?.spanId,
      from: startTime,
      to: endTime,
      status: status.code,
      attributes,
    })),
  ).toEqual([
    {
      name: 'inner',
      kind: SpanKind.CLIENT,
      parent: outer?.context.spanId,
      from: [at / 1_000, 100_000_000],
      to: [at / 1_000, 200_000_000],
      status: SpanStatusCode.ERROR,
      attributes: { 'error.type': 'upstream_error' },
    },
    {
      name: 'outer',
      kind: SpanKind.SERVER,
      parent: parent.spanId,
      from: [at / 1_000, 0],
      to: [at / 1_000, 300_000_000],
      status: SpanStatusCode.UNSET,
      attributes: { 'gen_ai.provider.name': 'acme' },
    },
  ]);
});

test('log lines name their trace as Cloud Logging reads it, where the project is known', () => {
  expect(setUp().tracing.logFields(parent)).toEqual({
    'logging.googleapis.com/trace': `projects/mesh/traces/${parent.traceId}`,
    'logging.googleapis.com/spanId': parent.spanId,
    'logging.googleapis.com/trace_sampled': true,
  });
  expect(setUp().tracing.logFields(null)).toEqual({});
  expect(setUp({ projectId: null }).tracing.logFields(parent)).toEqual({});
});
