import type { Tracing } from '../../platform/telemetry/telemetry.ts';
import { readTrace } from '../../platform/telemetry/trace-context.ts';
import type { Call } from './call.ts';
import type { Route } from './route.ts';

/**
 * Finds the trace that a call belongs to, and begins its part of it where its route is followed. It is named by the route,
 * so that no caller can put words into a trace.
 */
export function followCall(
  call: Call,
  route: Pick<Route<unknown>, 'method' | 'path' | 'traced'> | undefined,
  tracing: Tracing,
): void {
  const parent = readTrace(call.req.headers);
  call.trace = parent;
  if (!route?.traced) return;
  const { method, path } = route;
  call.span = tracing.begin(`${method} ${path}`, parent, { kind: 'server', startedAt: call.arrivedAt });
  if (call.span === null) return;
  call.trace = call.span.context;
  call.span.set({ 'http.request.method': method, 'http.route': path, 'mesh.request_id': call.requestId });
}
