import type { Event } from '../events/events.ts';
import { USAGE_TOPIC } from '../events/events.ts';
import type { LogFields } from '../log.ts';
import type { Tracing } from './telemetry.ts';
import { parseTraceparent } from './trace-context.ts';

/**
 * Handles an event as a part of the trace that it goes on with, if there is one that is followed. `consumer`: which function
 * handles it. `handle` gets the fields by which its log lines are found with the trace.
 */
export async function followEvent<T>(
  tracing: Tracing,
  consumer: string,
  event: Event,
  handle: (fields: LogFields) => Promise<T>,
): Promise<T> {
  const parent = event.trace === undefined ? null : parseTraceparent(event.trace);
  // What has no trace begins none: only what somebody follows is followed further.
  const span = parent === null ? null : tracing.begin(`process ${consumer}`, parent, { kind: 'consumer' });
  span?.set({
    'messaging.operation.type': 'process',
    'messaging.destination.name': USAGE_TOPIC,
    'faas.name': consumer,
  });
  try {
    return await handle(tracing.logFields(span?.context ?? parent));
  } catch (error) {
    span?.set({ 'error.type': error instanceof Error ? error.name : typeof error });
    throw error;
  } finally {
    span?.end();
  }
}
