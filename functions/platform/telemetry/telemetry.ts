import type { CounterName, GaugeName, HistogramName } from './metric-names.ts';
import type { TraceContext } from './trace-context.ts';

/**
 * What a measurement or a span is told apart by. Never content, a key or an owner; models and providers as the catalogue
 * names them, so that there is an end to them.
 */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** Recording costs a microsecond; it is cheapest with attributes that are one object each time. */
export interface Metrics {
  /** Adds to a counter. */
  add(name: CounterName, value: number, attributes?: Attributes): void;
  /** Puts a value into a histogram. */
  record(name: HistogramName, value: number, attributes?: Attributes): void;
  /** `read` is asked whenever metrics are collected. */
  observe(name: GaugeName, read: () => number): void;
}

export interface SpanOptions {
  kind?: 'internal' | 'server' | 'client' | 'consumer';
  /** Unix milliseconds; default: now. */
  startedAt?: number;
  attributes?: Attributes;
}

/** A stretch of a trace that is followed. */
export interface Span {
  readonly context: TraceContext;
  /** `error.type` says that it failed. */
  set(attributes: Attributes): void;
  /** Begins a part of this one. */
  child(name: string, options?: SpanOptions): Span;
  /** Unix milliseconds; default: now. */
  end(endedAt?: number): void;
}

export interface Tracing {
  /**
   * Begins to follow what somebody else began, or what chance picks; null where it is not to be followed, which makes no
   * object at all.
   */
  begin(name: string, parent: TraceContext | null, options?: SpanOptions): Span | null;
  /** The fields by which a log line is found with its trace. */
  logFields(trace: TraceContext | null): Readonly<Record<string, string | boolean>>;
}

export interface Telemetry {
  metrics: Metrics;
  tracing: Tracing;
  /** All metrics in Prometheus' text format; null where they are not offered so. */
  prometheus: (() => Promise<string>) | null;
  /**
   * Sends what has gathered, for functions that run only while they are called; where that was done a moment ago, later, if
   * the function still runs then. Never throws; takes `FLUSH_LIMIT_MS` at most.
   */
  flush(): Promise<void>;
  /** Sends the rest. Never throws; takes `timeoutMs` at most. */
  close(timeoutMs: number): Promise<void>;
}

export const silentMetrics: Metrics = { add() {}, record() {}, observe() {} };
const noFields = {};
export const silentTracing: Tracing = { begin: () => null, logFields: () => noFields };

/** Measures nothing. */
export const silentTelemetry: Telemetry = {
  metrics: silentMetrics,
  tracing: silentTracing,
  prometheus: null,
  flush: async () => {},
  close: async () => {},
};
