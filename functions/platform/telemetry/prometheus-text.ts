import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import type { PullReader } from './pull-reader.ts';

/** All that a reader sees, as Prometheus reads it: `mesh.requests` becomes `mesh_requests_total`. */
export function createPrometheusText(reader: PullReader): () => Promise<string> {
  const serializer = new PrometheusSerializer();
  return async () => {
    const { resourceMetrics } = await reader.collect();
    return serializer.serialize(resourceMetrics);
  };
}
