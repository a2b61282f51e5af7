import { describe, expect, test } from '@jest/globals';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { createCountedMetrics } from './counted-metrics.ts';
import { counters, histograms, metricNames } from './metric-names.ts';
import { MAX_SERIES } from './metric-series.ts';
import { createPrometheusText } from './prometheus-text.ts';
import { PullReader } from './pull-reader.ts';
import type { Metrics } from './telemetry.ts';

/** Ours, and OpenTelemetry's own instruments, each with what Prometheus reads of it. */
function both() {
  const ours = createCountedMetrics(() => 1_790_000_000_000);
  const oursRead = new PullReader({ metricProducers: [ours] });
  new MeterProvider({ readers: [oursRead] });
  const theirsRead = new PullReader();
  const meter = new MeterProvider({ readers: [theirsRead] }).getMeter('mesh-router');
  const instruments = new Map<
    string,
    { add?(value: number, with_?: object): void; record?(value: number, with_?: object): void }
  >();
  for (const [name, about] of Object.entries(counters)) instruments.set(name, meter.createCounter(name, about));
  for (const [name, { bounds, ...about }] of Object.entries(histograms)) {
    instruments.set(name, meter.createHistogram(name, { ...about, advice: { explicitBucketBoundaries: bounds } }));
  }
  const theirs: Metrics = {
    add: (name, value, attributes) => instruments.get(name)?.add?.(value, attributes),
    record: (name, value, attributes) => instruments.get(name)?.record?.(value, attributes),
    observe() {},
  };
  return {
    ours,
    theirs,
    texts: () => Promise.all([oursRead, theirsRead].map((reader) => createPrometheusText(reader)())),
  };
}

const sorted = (text: string | undefined) => text?.split('\n').sort();
const chat = { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'acme' };

describe('what is counted in memory', () => {
  test('is told as OpenTelemetry’s own instruments tell it', async () => {
    const { ours, theirs, texts } = both();
    for (const metrics of [ours, theirs]) {
      metrics.add(metricNames.requests, 1, chat);
      metrics.add(metricNames.requests, 2, chat);
      metrics.add(metricNames.requests, 1, { 'gen_ai.provider.name': 'acme', 'gen_ai.operation.name': 'chat' });
      metrics.add(metricNames.cost, 0.25);
      for (const value of [0, 1, 4, 5, 1_048_576, 1_048_577]) metrics.record(metricNames.tokenUsage, value, chat);
      metrics.record(metricNames.requestDuration, 0.05);
    }
    const [mine, own] = (await texts()).map(sorted);
    expect(mine).toEqual(own);
    expect(mine?.join('\n')).toMatch(/mesh_requests_total\{.*acme.*\} 4/);
  });

  test('has an end, however many attributes come', async () => {
    const { ours, texts } = both();
    for (let n = 0; n < MAX_SERIES + 50; n++) ours.add(metricNames.requests, 1, { n });
    const [text = ''] = await texts();
    expect(text.match(/^mesh_requests_total/gm)?.length).toBe(MAX_SERIES + 1);
    expect(text).toMatch(/^mesh_requests_total\{.*overflow.*\} 50/m);
  });

  test('a value that cannot be read keeps no other from being told', async () => {
    const { ours, texts } = both();
    ours.observe(metricNames.fxAge, () => {
      throw new Error('no quotation');
    });
    ours.observe(metricNames.breakersOpen, () => 3);
    const [text = ''] = await texts();
    expect(text).toMatch(/^mesh_breakers_open\S* 3/m);
    expect(text).not.toContain('mesh_fx_age');
    expect((await ours.collect()).errors).toHaveLength(1);
  });
});
