import type { Series } from './ingested.ts';

/** A metric that Google writes: any of these values of a label is possible; where there are none, any value. */
export interface GoogleMetric extends Pick<Series, 'metric' | 'kind'> {
  resource: string;
  labels: Readonly<Record<string, readonly string[]>>;
}

const any: readonly string[] = [];
const ofRevision = { service_name: any, revision_name: any, location: any, configuration_name: any, project_id: any };
const ofSubscription = { subscription_id: any, project_id: any };

/**
 * Those that our alerts and charts ask for, as Google documents them.
 * https://cloud.google.com/monitoring/api/metrics_gcp and https://cloud.google.com/monitoring/api/resources
 */
export const googleMetrics: readonly GoogleMetric[] = [
  {
    metric: 'run.googleapis.com/request_count',
    kind: 'DELTA',
    resource: 'cloud_run_revision',
    labels: {
      response_code: any,
      response_code_class: ['1xx', '2xx', '3xx', '4xx', '5xx'],
      route: any,
      ...ofRevision,
    },
  },
  {
    metric: 'run.googleapis.com/container/instance_count',
    kind: 'GAUGE',
    resource: 'cloud_run_revision',
    labels: { state: ['active', 'idle'], ...ofRevision },
  },
  {
    metric: 'pubsub.googleapis.com/subscription/dead_letter_message_count',
    kind: 'DELTA',
    resource: 'pubsub_subscription',
    labels: ofSubscription,
  },
  {
    metric: 'pubsub.googleapis.com/subscription/num_undelivered_messages',
    kind: 'GAUGE',
    resource: 'pubsub_subscription',
    labels: ofSubscription,
  },
  {
    metric: 'pubsub.googleapis.com/subscription/oldest_unacked_message_age',
    kind: 'GAUGE',
    resource: 'pubsub_subscription',
    labels: ofSubscription,
  },
  {
    metric: 'monitoring.googleapis.com/uptime_check/check_passed',
    kind: 'GAUGE',
    resource: 'uptime_url',
    labels: { check_id: any, checker_location: any, host: any, project_id: any },
  },
  {
    metric: 'monitoring.googleapis.com/uptime_check/time_until_ssl_cert_expires',
    kind: 'GAUGE',
    resource: 'uptime_url',
    labels: { check_id: any, checker_location: any, host: any, project_id: any },
  },
];
