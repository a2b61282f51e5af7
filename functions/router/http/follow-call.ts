import type { Tracing } from '../../platform/telemetry/telemetry.ts';
import { readTrace } from '../../platform/telemetry/trace-context.ts';
import type { Call } from './call.ts';

/** What is followed: the requests that ask models. By their whole path, so that no caller can put words into a trace. */
const FOLLOWED: ReadonlySet<string> = new Set(['/v1/chat/completions', '/v1/chat/compare']);

/** Finds the trace that a call belongs to, and begins its part of it where it is followed. */
export function followCall(call: Call, tracing: Tracing): void {
  const parent = readTrace(call.req.headers);
  call.trace = parent;
  if (call.req.method !== 'POST' || !FOLLOWED.has(call.path)) return;
  const name = `POST ${call.path}`;
  call.span = tracing.begin(name, parent, { kind: 'server', startedAt: call.arrivedAt });
  if (call.span === null) return;
  call.trace = call.span.context;
  call.span.set({ 'http.request.method': 'POST', 'http.route': call.path, 'mesh.request_id': call.requestId });
}
