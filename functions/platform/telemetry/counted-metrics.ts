import { type HrTime, ValueType } from '@opentelemetry/api';
import { emptyResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type CollectionResult,
  type DataPoint,
  DataPointType,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import { counters, type GaugeName, gauges, histograms, type Instrument } from './metric-names.ts';
import { MetricSeries, type Series } from './metric-series.ts';
import type { Metrics } from './telemetry.ts';

interface Distribution {
  /** By bucket: up to each bound, and beyond the last. */
  counts: number[];
  count: number;
  sum: number;
  min: number;
  max: number;
}

/**
 * Metrics as numbers in memory, which become OpenTelemetry's when a reader collects them: from the start of the process on
 * (cumulative). Its own instruments write each set of attributes out as text for every measurement, eight times a request.
 */
export function createCountedMetrics(now: () => number = Date.now): Metrics & MetricProducer {
  const counting = each(counters, () => new MetricSeries(() => 0, now));
  const recording = each(histograms, ({ bounds }) => new MetricSeries(() => emptyDistribution(bounds), now));
  const observing = new Map<GaugeName, () => number>();
  const startedAt = now();

  function collectCounters(): MetricData[] {
    return metricsOf(counters, (name, descriptor) => ({
      ...descriptor,
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPointType: DataPointType.SUM,
      isMonotonic: true,
      dataPoints: pointsOf(counting[name].all(), now(), (value) => value),
    }));
  }

  function collectHistograms(): MetricData[] {
    return metricsOf(histograms, (name, descriptor) => ({
      ...descriptor,
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: pointsOf(recording[name].all(), now(), ({ counts, ...sums }) => ({
        ...sums,
        buckets: { boundaries: histograms[name].bounds, counts: [...counts] },
      })),
    }));
  }

  function collectGauges(errors: unknown[]): MetricData[] {
    return metricsOf(gauges, (name, descriptor) => ({
      ...descriptor,
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPointType: DataPointType.GAUGE,
      dataPoints: pointsOf(observed(observing.get(name), startedAt, errors), now(), (value) => value),
    }));
  }

  return {
    add(name, value, attributes) {
      counting[name].of(attributes).value += value;
    },
    record(name, value, attributes) {
      put(recording[name].of(attributes).value, value, histograms[name].bounds);
    },
    observe: (name, read) => void observing.set(name, read),
    async collect(): Promise<CollectionResult> {
      const errors: unknown[] = [];
      const metrics = [...collectCounters(), ...collectHistograms(), ...collectGauges(errors)];
      const scopeMetrics = [{ scope: { name: 'mesh-router' }, metrics: metrics.filter(hasPoints) }];
      // The reader has a resource of its own.
      return { resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors };
    },
  };
}

function each<Name extends string, About extends Instrument, Made>(
  table: Readonly<Record<Name, About>>,
  make: (about: About) => Made,
): Record<Name, Made> {
  const made = (Object.entries(table) as [Name, About][]).map(([name, about]) => [name, make(about)]);
  return Object.fromEntries(made) as Record<Name, Made>;
}

function metricsOf<Name extends string>(
  table: Readonly<Record<Name, Instrument>>,
  make: (name: Name, descriptor: Pick<MetricData, 'descriptor'>) => MetricData,
): MetricData[] {
  return (Object.entries(table) as [Name, Instrument][]).map(([name, { unit, description }]) =>
    make(name, { descriptor: { name, unit, description, valueType: ValueType.DOUBLE } }),
  );
}

function pointsOf<Value, Told>(
  series: Iterable<Series<Value>>,
  now: number,
  tell: (value: Value) => Told,
): DataPoint<Told>[] {
  return Array.from(series, ({ attributes, since, value }) => ({
    attributes,
    startTime: toHrTime(since),
    endTime: toHrTime(now),
    value: tell(value),
  }));
}

function hasPoints({ dataPoints }: MetricData): boolean {
  return dataPoints.length > 0;
}

/** One that cannot be read is left out, and said. */
function observed(read: (() => number) | undefined, since: number, errors: unknown[]): Series<number>[] {
  try {
    return read === undefined ? [] : [{ attributes: {}, since, value: read() }];
  } catch (error) {
    errors.push(error);
    return [];
  }
}

function emptyDistribution(bounds: readonly number[]): Distribution {
  const counts = new Array<number>(bounds.length + 1).fill(0);
  return { counts, count: 0, sum: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
}

function put(into: Distribution, value: number, bounds: readonly number[]): void {
  let bucket = 0;
  while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++;
  into.counts[bucket] = (into.counts[bucket] as number) + 1;
  into.count++;
  into.sum += value;
  into.min = Math.min(into.min, value);
  into.max = Math.max(into.max, value);
}

function toHrTime(milliseconds: number): HrTime {
  return [Math.floor(milliseconds / 1_000), (milliseconds % 1_000) * 1_000_000];
}
