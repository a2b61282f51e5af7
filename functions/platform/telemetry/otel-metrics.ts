import type { Counter, Histogram, MeterProvider, ObservableGauge } from '@opentelemetry/api';
import {
  type CounterName,
  counters,
  type GaugeName,
  gauges,
  type HistogramName,
  histograms,
  type Instrument,
} from './metric-names.ts';
import type { Metrics } from './telemetry.ts';

/** Metrics on OpenTelemetry's instruments, each made once. */
export function createOtelMetrics(provider: MeterProvider): Metrics {
  const meter = provider.getMeter('mesh-router');
  const counting = each<CounterName, Instrument, Counter>(counters, (name, about) => meter.createCounter(name, about));
  const recording = each<HistogramName, Instrument & { bounds: number[] }, Histogram>(
    histograms,
    (name, { bounds, ...about }) =>
      meter.createHistogram(name, { ...about, advice: { explicitBucketBoundaries: bounds } }),
  );
  const observing = each<GaugeName, Instrument, ObservableGauge>(gauges, (name, about) =>
    meter.createObservableGauge(name, about),
  );
  return {
    add: (name, value, attributes) => counting[name].add(value, attributes),
    record: (name, value, attributes) => recording[name].record(value, attributes),
    observe: (name, read) => observing[name].addCallback((result) => result.observe(read())),
  };
}

function each<Name extends string, From, To>(
  table: Readonly<Record<Name, From>>,
  make: (name: Name, from: From) => To,
) {
  const made = (Object.entries(table) as [Name, From][]).map(([name, from]) => [name, make(name, from)]);
  return Object.fromEntries(made) as Record<Name, To>;
}
