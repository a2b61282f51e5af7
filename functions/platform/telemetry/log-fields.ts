import type { TraceContext } from './trace-context.ts';

const noFields = {};

/**
 * The fields by which Cloud Logging shows a line with its trace; none where there is no trace, or no project to find it in.
 * https://cloud.google.com/logging/docs/structured-logging#special-payload-fields
 */
export function logFields(trace: TraceContext | null, projectId: string | null): Record<string, string | boolean> {
  if (trace === null || projectId === null) return noFields;
  return {
    'logging.googleapis.com/trace': `projects/${projectId}/traces/${trace.traceId}`,
    'logging.googleapis.com/spanId': trace.spanId,
    'logging.googleapis.com/trace_sampled': trace.sampled,
  };
}
