import type { MetricReader } from '@opentelemetry/sdk-metrics';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { createGoogleToken } from '../upstream/google-token.ts';
import { logFields } from './log-fields.ts';
import type { TelemetryConfig } from './read-telemetry-config.ts';
import { silentMetrics, silentTelemetry, silentTracing, type Telemetry, type Tracing } from './telemetry.ts';

/** How often metrics are pushed. */
export const EXPORT_EVERY_MS = 60_000;
/** How long one export may take. */
export const EXPORT_LIMIT_MS = 10_000;
/** Functions that run only while they are called push at most this often, and wait at most so long for it. */
export const FLUSH_EVERY_MS = 10_000;
export const FLUSH_LIMIT_MS = 2_000;
/** Spans that wait to be pushed; past this they are dropped. */
export const MAX_WAITING_SPANS = 2_048;

/** Google's own receiver takes the credentials of the service account; a collector beside us needs none. */
const GOOGLE_HOST = /^https:\/\/telemetry\.(\w+\.)?googleapis\.com$/;

export interface TelemetryIdentity {
  /** Which function speaks, `router`. */
  service: string;
  /** Unique for each start of a process: what two instances count must not be taken for one series. */
  instanceId: string;
  region: string | null;
  projectId: string | null;
  /** Whether anybody may call, so that not every wish to be traced is followed. */
  isPublic: boolean;
  clock: Clock;
  log: Log;
}

/** The SDK is loaded only where something is measured, and of the exporters those that are used. */
export async function startTelemetry(config: TelemetryConfig, identity: TelemetryIdentity): Promise<Telemetry> {
  const { projectId, clock } = identity;
  const measures = config.metrics !== 'off';
  const follows = config.traceRatio > 0 && config.endpoint !== null;
  if (!measures && !follows) return { ...silentTelemetry, tracing: logOnly(projectId) };
  await tellOfTrouble(identity.log);
  const metrics = measures ? await startMetrics(config, identity) : null;
  const traces = follows ? await startTraces(config, identity) : null;
  let flushedAt = Number.NEGATIVE_INFINITY;
  let later: NodeJS.Timeout | null = null;
  const parts = [metrics, traces].filter((part) => part !== null);
  const send = async (how: 'forceFlush' | 'shutdown', limitMs: number) => {
    const sent = Promise.allSettled(parts.map(({ provider }) => provider[how]()));
    await Promise.race([sent, new Promise((resolve) => setTimeout(resolve, limitMs).unref())]);
  };

  async function flush(): Promise<void> {
    const waitMs = flushedAt + FLUSH_EVERY_MS - clock.monotonic();
    if (waitMs > 0) {
      later ??= setTimeout(flush, waitMs).unref();
      return;
    }
    later = null;
    flushedAt = clock.monotonic();
    await send('forceFlush', FLUSH_LIMIT_MS);
  }

  return {
    metrics: metrics?.metrics ?? silentMetrics,
    tracing: traces?.tracing ?? logOnly(projectId),
    prometheus: metrics?.prometheus ?? null,
    flush,
    async close(timeoutMs) {
      if (later !== null) clearTimeout(later);
      await send('shutdown', timeoutMs);
    },
  };
}

async function startMetrics(config: TelemetryConfig, identity: TelemetryIdentity) {
  const { MeterProvider, PeriodicExportingMetricReader } = await import('@opentelemetry/sdk-metrics');
  const { createCountedMetrics } = await import('./counted-metrics.ts');
  const metrics = createCountedMetrics();
  const metricProducers = [metrics];
  let reader: MetricReader;
  let prometheus: Telemetry['prometheus'] = null;
  if (config.metrics === 'prometheus') {
    const { PullReader } = await import('./pull-reader.ts');
    const { createPrometheusText } = await import('./prometheus-text.ts');
    const pull = new PullReader({ metricProducers });
    reader = pull;
    prometheus = createPrometheusText(pull);
  } else {
    const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-http');
    reader = new PeriodicExportingMetricReader({
      metricProducers,
      exporter: new OTLPMetricExporter(exporterOptions(config, identity.clock, 'metrics')),
      exportIntervalMillis: EXPORT_EVERY_MS,
      exportTimeoutMillis: EXPORT_LIMIT_MS,
    });
  }
  const provider = new MeterProvider({ resource: await resourceOf(identity), readers: [reader] });
  return { provider, metrics, prometheus };
}

async function startTraces(config: TelemetryConfig, identity: TelemetryIdentity) {
  const { AlwaysOnSampler, BatchSpanProcessor, TracerProvider } = await import('@opentelemetry/sdk-trace');
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const { createOtelTracing, MAX_ASKED_PER_SECOND } = await import('./otel-tracing.ts');
  const { clock, projectId, isPublic } = identity;
  const processor = new BatchSpanProcessor({
    exporter: new OTLPTraceExporter(exporterOptions(config, clock, 'traces')),
    maxQueueSize: MAX_WAITING_SPANS,
    exportTimeoutMillis: EXPORT_LIMIT_MS,
  });
  const provider = new TracerProvider({
    resource: await resourceOf(identity),
    sampler: new AlwaysOnSampler(),
    spanProcessors: [processor],
  });
  const monotonic = () => clock.monotonic();
  const askedPerSecond = isPublic ? MAX_ASKED_PER_SECOND : Number.POSITIVE_INFINITY;
  const options = { ratio: config.traceRatio, askedPerSecond, projectId, random: Math.random, monotonic };
  return { provider, tracing: createOtelTracing(provider.getTracer('mesh-router'), options) };
}

function exporterOptions({ endpoint, headers }: TelemetryConfig, clock: Clock, signal: 'metrics' | 'traces') {
  return {
    url: `${endpoint}/v1/${signal}`,
    timeoutMillis: EXPORT_LIMIT_MS,
    headers: GOOGLE_HOST.test(endpoint ?? '') ? googleHeaders(headers, clock) : { ...headers },
  };
}

/** A new token where the last one is about to expire. Without one the export is refused, which is told of. */
function googleHeaders(headers: Readonly<Record<string, string>>, clock: Clock) {
  const token = createGoogleToken(clock);
  return async (): Promise<Record<string, string>> => {
    try {
      return { ...headers, authorization: `Bearer ${await token()}` };
    } catch {
      return { ...headers };
    }
  };
}

/** https://opentelemetry.io/docs/specs/semconv/resource/ ; `gcp.project_id` is what Google's receiver files it under. */
async function resourceOf({ service, instanceId, region, projectId }: TelemetryIdentity) {
  const { resourceFromAttributes } = await import('@opentelemetry/resources');
  return resourceFromAttributes({
    'service.name': service,
    'service.namespace': 'mesh-router',
    'service.instance.id': instanceId,
    ...(region === null ? {} : { 'cloud.region': region }),
    ...(projectId === null ? {} : { 'gcp.project_id': projectId }),
  });
}

/** Where nothing is followed here, log lines still name the trace that their request came with. */
function logOnly(projectId: string | null): Tracing {
  if (projectId === null) return silentTracing;
  return { begin: () => null, logFields: (trace) => logFields(trace, projectId) };
}

/** What the SDK complains of, without its words: they may quote what was to be sent. */
async function tellOfTrouble(log: Log): Promise<void> {
  const { DiagLogLevel, diag } = await import('@opentelemetry/api');
  const quiet = () => {};
  const error = () => log.warn('metrics or traces could not be sent');
  const logger = { error, warn: quiet, info: quiet, debug: quiet, verbose: quiet };
  diag.setLogger(logger, { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true });
}
