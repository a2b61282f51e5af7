import { assumptions as the } from './assumptions.ts';
import prices from './list-prices.json' with { type: 'json' };
import type { OperationCounts, RequestOperations, Traffic } from './operation-counts.ts';

/** One line of a month's bill, in dollars. */
export interface Cost {
  what: string;
  how: string;
  dollars: number;
}

export interface Month {
  /** Instances of the router, all regions. */
  instances: number;
  costs: Cost[];
  /** All of them. */
  sum: number;
}

const GIB = 2 ** 30;
const TIB = 2 ** 40;
const MIB = 2 ** 20;
const DAYS_A_MONTH = the.monthSeconds / 86_400;

/** What Google bills in a month at a steady number of requests a second, all of keys that are used like this. */
export function reckonMonth(counts: OperationCounts, traffic: Traffic, aSecond: number): Month {
  const requests = aSecond * the.monthSeconds;
  const instances = instancesFor(aSecond);
  const messages = Math.min(aSecond, instances * the.messagesASecond);
  const edgeBytes = requests * (the.requestBytes + the.answerBytes);
  const perRequest = operationsCost(counts.operations[traffic]);
  const days = { entry: the.entryDays / DAYS_A_MONTH, warehouse: the.warehouseDays / DAYS_A_MONTH };
  const storedGib = (requests * storedBytes(counts)) / GIB;
  const warehouseGib = (requests * the.eventBytes) / GIB;
  const { load_balancer, armor, pubsub } = prices;

  const costs: Cost[] = [
    { what: 'router', how: 'instances × their vCPU and GiB, always on', dollars: instances * instanceMonth() },
    { what: 'usage and fx', how: 'busy instances, by request', dollars: consumersCost(messages) },
    {
      what: 'Firestore, operations',
      how: `counted, and 1 delete when an entry's time is over: ${(perRequest * 1e6).toFixed(2)} a million requests`,
      dollars: requests * perRequest,
    },
    {
      what: `Firestore, stored after ${the.entryDays} days`,
      how: `${storedBytes(counts)} B a request, recovery, ${the.backups} backups`,
      dollars: storedGib * days.entry * storedPrice(),
    },
    {
      what: `BigQuery, stored after ${the.warehouseDays} days`,
      how: `${the.eventBytes} B a request`,
      dollars: warehouseGib * days.warehouse * prices.bigquery.stored_gib_month,
    },
    {
      what: 'Pub/Sub',
      how: `${the.eventBytes} B: published, pushed twice, written to BigQuery`,
      dollars: ((requests * the.eventBytes) / TIB) * (3 * pubsub.delivered_tib + pubsub.to_bigquery_tib),
    },
    {
      what: 'load balancer',
      how: 'requests and answers processed',
      dollars: load_balancer.month + (edgeBytes / GIB) * load_balancer.processed_gib,
    },
    {
      what: 'Cloud Armor',
      how: `a policy of ${the.armorRules} rules, and requests`,
      dollars: armor.policy_month + the.armorRules * armor.rule_month + (requests / 1e6) * armor.million_requests,
    },
    { what: 'traffic', how: 'answers, and requests to providers', dollars: (edgeBytes / GIB) * prices.internet_gib },
    {
      what: 'logging',
      how: `${the.logBytes} B a request`,
      dollars: ((requests * the.logBytes) / GIB) * prices.logging_gib,
    },
    {
      what: 'metrics',
      how: 'samples × series × instances, in tiers',
      dollars: metricsCost(metricsMib(counts, instances)),
    },
    { what: 'secrets', how: 'each instance looks for each', dollars: secretsCost(instances) },
  ];
  return { instances, costs, sum: costs.reduce((sum, { dollars }) => sum + dollars, 0) };
}

/** By what is met first: requests at once in an instance, or its CPU filled to the same part. */
function instancesFor(aSecond: number): number {
  const byConcurrency = (aSecond * the.answerSeconds) / (the.concurrency * the.fill);
  // One process uses one core, however many there are.
  const byCpu = (aSecond * the.cpuMicroseconds) / 1e6 / the.fill;
  return Math.max(the.router.min, Math.ceil(Math.max(byConcurrency, byCpu)));
}

function instanceMonth(): number {
  const { instance_vcpu_second, instance_gib_second } = prices.cloud_run;
  const vcpu = the.router.vcpu + the.collector.vcpu;
  const gib = the.router.gib + the.collector.gib;
  return the.monthSeconds * (vcpu * instance_vcpu_second + gib * instance_gib_second);
}

function consumersCost(messagesASecond: number): number {
  const { services, messageSeconds, concurrency, vcpu, gib } = the.consumers;
  const { request_vcpu_second, request_gib_second, million_requests } = prices.cloud_run;
  const busySeconds = the.monthSeconds * busyInstances(messagesASecond * messageSeconds, concurrency);
  const second = (vcpu + the.collector.vcpu) * request_vcpu_second + (gib + the.collector.gib) * request_gib_second;
  const messages = (messagesASecond * the.monthSeconds) / 1e6;
  return services * (busySeconds * second + messages * million_requests);
}

/** Messages at once share instances once they are more than one. */
function busyInstances(atOnce: number, concurrency: number): number {
  return atOnce <= 1 ? atOnce : Math.max(1, atOnce / (concurrency * the.fill));
}

/** What a request's operations cost, the end of its entry's time included. */
export function operationsCost({ writes, deletes, reads }: RequestOperations): number {
  const { writes_100k, deletes_100k, reads_100k } = prices.firestore;
  return (writes * writes_100k + (deletes + 1) * deletes_100k + reads * reads_100k) / 1e5;
}

/** What stays of a request for as long as entries do. Bytes. */
function storedBytes({ entry_bytes }: OperationCounts): number {
  return entry_bytes * (1 + the.indexFactor);
}

function storedPrice(): number {
  const { stored_gib_month, recovery_gib_month, backup_gib_month } = prices.firestore;
  return stored_gib_month + recovery_gib_month + the.backups * backup_gib_month;
}

/** What all instances send in a month. */
export function metricsMib({ series }: OperationCounts, instances: number): number {
  const { scalar_bytes, distribution_bytes } = prices.metrics;
  const sample = series.scalars * scalar_bytes + series.distributions * distribution_bytes;
  return (sample * instances * the.monthSeconds) / the.metricsSeconds / MIB;
}

/** Each tier's part at its own price. */
export function metricsCost(mib: number): number {
  let dollars = 0;
  let from = 0;
  for (const tier of prices.metrics.mib_tiers) {
    const to = tier.up_to ?? Number.POSITIVE_INFINITY;
    if (mib > from) dollars += (Math.min(mib, to) - from) * tier.mib;
    from = to;
  }
  return dollars;
}

function secretsCost(instances: number): number {
  const accesses = instances * the.secrets * the.secretReadsAMinute * (the.monthSeconds / 60);
  return (accesses / 1e4) * prices.secret_10k_accesses;
}
