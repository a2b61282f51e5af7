import {
  type Span as OtelSpan,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { logFields } from './log-fields.ts';
import type { Span, SpanOptions, Tracing } from './telemetry.ts';
import type { TraceContext } from './trace-context.ts';

/** Traces a second that are followed because their callers want it, where anybody may call and ask for that. */
export const MAX_ASKED_PER_SECOND = 5;

export interface TracingOptions {
  /** Which part of the requests without a parent is followed, from 0 to 1. */
  ratio: number;
  /** Traces a second, at most, that are followed because their parents are. */
  askedPerSecond: number;
  /** Google's project, whose traces log lines name. */
  projectId: string | null;
  /** From 0 to below 1. */
  random: () => number;
  /** Monotonic milliseconds. */
  monotonic: () => number;
}

const kinds: Readonly<Record<NonNullable<SpanOptions['kind']>, SpanKind>> = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
};

/**
 * Traces on OpenTelemetry's tracer, which is to record whatever it is given: what is followed is decided here, before
 * anything is made. What has a parent is followed as the parent was, up to `askedPerSecond`; the rest by chance.
 */
export function createOtelTracing(tracer: Tracer, options: TracingOptions): Tracing {
  const { ratio, askedPerSecond, projectId, random, monotonic } = options;
  let second = 0;
  let asked = 0;

  function mayFollowAsked(): boolean {
    const now = Math.floor(monotonic() / 1_000);
    if (now !== second) {
      second = now;
      asked = 0;
    }
    return ++asked <= askedPerSecond;
  }

  function start(name: string, parent: TraceContext | null, options: SpanOptions): OtelSpan {
    const { kind = 'internal', startedAt, attributes = {} } = options;
    const settings = { kind: kinds[kind], attributes, ...(startedAt === undefined ? {} : { startTime: startedAt }) };
    const span = tracer.startSpan(name, settings, parent === null ? ROOT_CONTEXT : toContext(parent));
    if ('error.type' in attributes) span.setStatus({ code: SpanStatusCode.ERROR });
    return span;
  }

  function toSpan(span: OtelSpan): Span {
    const { traceId, spanId } = span.spanContext();
    const context = { traceId, spanId, sampled: true };
    return {
      context,
      set(attributes) {
        span.setAttributes(attributes);
        if ('error.type' in attributes) span.setStatus({ code: SpanStatusCode.ERROR });
      },
      child: (name, options = {}) => toSpan(start(name, context, options)),
      end: (endedAt) => span.end(endedAt),
    };
  }

  return {
    begin(name, parent, options = {}) {
      const followed = parent === null ? random() < ratio : parent.sampled && mayFollowAsked();
      return followed ? toSpan(start(name, parent, options)) : null;
    },
    logFields: (trace) => logFields(trace, projectId),
  };
}

function toContext({ traceId, spanId, sampled }: TraceContext) {
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}
