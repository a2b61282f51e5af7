/** Where metrics and traces go. */
export interface TelemetryConfig {
  metrics: 'prometheus' | 'otlp' | 'off';
  /** Which part of the requests is traced, from 0 to 1; 0 turns tracing off. */
  traceRatio: number;
  /** Where OTLP over HTTP goes, without `/v1/…`; null where nothing is pushed. */
  endpoint: string | null;
  /** Sent with every export. */
  headers: Readonly<Record<string, string>>;
}

/** One request in a thousand. */
export const DEFAULT_TRACE_RATIO = 0.001;

/**
 * Reads `MESH_METRICS`, `MESH_TRACE_RATIO`, and OpenTelemetry's own `OTEL_EXPORTER_OTLP_ENDPOINT` and
 * `OTEL_EXPORTER_OTLP_HEADERS`. `local`: whether this is nobody's production, where metrics are offered for the asking.
 * Throws an `Error` that names the variable.
 */
export function readTelemetryConfig(
  env: Readonly<Record<string, string | undefined>>,
  { local }: { local: boolean },
): TelemetryConfig {
  const endpoint = env.OTEL_EXPORTER_OTLP_ENDPOINT?.replace(/\/+$/, '') || null;
  if (endpoint !== null && !/^https?:\/\//.test(endpoint)) {
    throw new Error('OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https URL.');
  }
  const pushed = endpoint === null ? 'off' : 'otlp';
  const metrics = env.MESH_METRICS || (local ? 'prometheus' : pushed);
  if (metrics !== 'prometheus' && metrics !== 'otlp' && metrics !== 'off') {
    throw new Error('MESH_METRICS must be one of prometheus, otlp, off.');
  }
  const ratio = Number(env.MESH_TRACE_RATIO || (endpoint === null ? 0 : DEFAULT_TRACE_RATIO));
  if (!(ratio >= 0 && ratio <= 1)) throw new Error('MESH_TRACE_RATIO must be a number from 0 to 1.');
  if (endpoint === null && (metrics === 'otlp' || ratio > 0)) {
    throw new Error('OTEL_EXPORTER_OTLP_ENDPOINT must be set, where metrics or traces are to be pushed.');
  }
  return { metrics, traceRatio: ratio, endpoint, headers: readHeaders(env.OTEL_EXPORTER_OTLP_HEADERS) };
}

/** `name=value,name=value`, values percent-encoded. https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
function readHeaders(text = ''): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair.includes('='));
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())];
    }),
  );
}
