/** Where in which trace something happens, as W3C Trace Context has it: 32 and 16 lower-case hex digits. */
export interface TraceContext {
  traceId: string;
  spanId: string;
  sampled: boolean;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-|$)/;
/** `TRACE_ID/SPAN_ID;o=OPTIONS`, the span in decimal. https://cloud.google.com/trace/docs/trace-context */
const CLOUD_TRACE = /^([\da-f]{32})\/(\d{1,20})(?:;o=(\d))?$/i;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);
const MAX_SPAN_ID = 2n ** 64n;

/** The trace that a request belongs to: `traceparent`, else Google's older header. Null where it says none, or nonsense. */
export function readTrace(headers: Headers): TraceContext | null {
  const w3c = headers.traceparent;
  if (typeof w3c === 'string') return parseTraceparent(w3c);
  const google = headers['x-cloud-trace-context'];
  return typeof google === 'string' ? parseCloudTrace(google) : null;
}

export function parseTraceparent(text: string): TraceContext | null {
  const match = TRACEPARENT.exec(text);
  if (match === null || text.startsWith('ff')) return null;
  const [, traceId = '', spanId = '', flags = ''] = match;
  return valid({ traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 });
}

function parseCloudTrace(text: string): TraceContext | null {
  const match = CLOUD_TRACE.exec(text);
  if (match === null) return null;
  const [, traceId = '', span = '', options] = match;
  if (BigInt(span) >= MAX_SPAN_ID) return null;
  const spanId = BigInt(span).toString(16).padStart(16, '0');
  return valid({ traceId: traceId.toLowerCase(), spanId, sampled: options === '1' });
}

function valid(trace: TraceContext): TraceContext | null {
  return trace.traceId === NO_TRACE || trace.spanId === NO_SPAN ? null : trace;
}

export function encodeTraceparent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}
