import { parse } from 'yaml';

/** A series as Cloud Monitoring has it. */
export interface Series {
  /** `workload.googleapis.com/mesh.cost` */
  metric: string;
  kind: 'GAUGE' | 'DELTA' | 'CUMULATIVE';
  /** Whether it is asked by `_bucket`, `_sum` and `_count`. */
  isDistribution: boolean;
  /** Of the metric and of its resource together, as PromQL sees them. */
  labels: Readonly<Record<string, string>>;
}

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: number | string; doubleValue?: number; boolValue?: boolean };
}
interface Points {
  dataPoints: { attributes: Attribute[] }[];
  aggregationTemporality?: number;
}
/** What a function pushes, as OTLP's JSON has it. */
export interface PushedMetrics {
  resource: { attributes: Attribute[] };
  scopeMetrics: { metrics: { name: string; sum?: Points; histogram?: Points; gauge?: Points }[] }[];
}

const CUMULATIVE = 2;

/**
 * What our collector makes of what functions push. It goes by its configuration; how its exporter names things is from its
 * documentation and source: dots in labels become underlines, the service is a label, and on Cloud Run the resource is a
 * `generic_task`.
 * https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/googlecloudexporter
 * https://github.com/GoogleCloudPlatform/opentelemetry-operations-go/tree/main/internal/resourcemapping
 */
export function ingest(pushed: readonly PushedMetrics[], collector: string): Series[] {
  const { service, exporters } = parse(collector);
  const { receivers, exporters: used } = service.pipelines.metrics;
  if (String(receivers) !== 'otlp' || String(used) !== 'googlecloud') throw new Error('Metrics go another way.');
  const prefix: string = exporters.googlecloud.metric.prefix;
  return pushed.flatMap(({ resource, scopeMetrics }) => {
    const of = Object.fromEntries(resource.attributes.map(({ key, value }) => [key, textOf(value)]));
    const own = {
      monitored_resource: 'generic_task',
      location: of['cloud.region'] ?? 'global',
      namespace: of['service.namespace'] ?? '',
      job: of['service.name'] ?? '',
      task_id: of['service.instance.id'] ?? '',
      service_name: of['service.name'] ?? '',
    };
    return scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ name, sum, histogram, gauge }): Series[] => {
        const points = sum ?? histogram ?? gauge ?? { dataPoints: [] };
        if (gauge === undefined && points.aggregationTemporality !== CUMULATIVE) throw new Error(`${name} is a delta.`);
        return points.dataPoints.map(({ attributes }) => ({
          metric: `${prefix}/${name}`,
          kind: gauge === undefined ? 'CUMULATIVE' : 'GAUGE',
          isDistribution: histogram !== undefined,
          labels: { ...labelsOf(attributes), ...own },
        }));
      }),
    );
  });
}

function labelsOf(attributes: readonly Attribute[]): Record<string, string> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key.replaceAll(/\W/g, '_'), textOf(value)]));
}

function textOf(value: Attribute['value']): string {
  return String(Object.values(value)[0]);
}
