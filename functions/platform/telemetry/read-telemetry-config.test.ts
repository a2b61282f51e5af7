import { describe, expect, test } from '@jest/globals';
import { DEFAULT_TRACE_RATIO, readTelemetryConfig } from './read-telemetry-config.ts';

const endpoint = 'http://localhost:4318';
const production = { local: false };

describe('where metrics and traces go', () => {
  test('on a laptop metrics are there for the asking, and nothing is traced', () => {
    expect(readTelemetryConfig({}, { local: true })).toEqual({
      metrics: 'prometheus',
      traceRatio: 0,
      endpoint: null,
      headers: {},
    });
  });

  test('in production nowhere, until there is somewhere', () => {
    expect(readTelemetryConfig({}, production)).toMatchObject({ metrics: 'off', traceRatio: 0 });
    const pushed = readTelemetryConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: `${endpoint}/` }, production);
    expect(pushed).toMatchObject({ metrics: 'otlp', traceRatio: DEFAULT_TRACE_RATIO, endpoint });
  });

  test('as the environment says', () => {
    const env = {
      MESH_METRICS: 'prometheus',
      MESH_TRACE_RATIO: '0.25',
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%20b, x-other=c=d',
    };
    expect(readTelemetryConfig(env, production)).toEqual({
      metrics: 'prometheus',
      traceRatio: 0.25,
      endpoint,
      headers: { 'x-key': 'a b', 'x-other': 'c=d' },
    });
    expect(readTelemetryConfig({ ...env, MESH_TRACE_RATIO: '0' }, production).traceRatio).toBe(0);
  });

  test.each([
    ['MESH_METRICS', { MESH_METRICS: 'statsd' }],
    ['MESH_TRACE_RATIO', { MESH_TRACE_RATIO: '2', OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }],
    ['MESH_TRACE_RATIO', { MESH_TRACE_RATIO: 'often', OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', { OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4317' }],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', { MESH_METRICS: 'otlp' }],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', { MESH_TRACE_RATIO: '1' }],
  ])('a mistake stops the start and names %s', (name, env) => {
    expect(() => readTelemetryConfig(env, production)).toThrow(name);
  });
});
