import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { noUsage } from '../../functions/core/money/usage.ts';
import { createCountedMetrics } from '../../functions/platform/telemetry/counted-metrics.ts';
import { createOtelTracing } from '../../functions/platform/telemetry/otel-tracing.ts';
import { PullReader } from '../../functions/platform/telemetry/pull-reader.ts';
import type { Call } from '../../functions/router/http/call.ts';
import { followCall } from '../../functions/router/http/follow-call.ts';
import { measureAnswer } from '../../functions/router/report/measure-answer.ts';
import type { Ask } from '../../functions/router/way/ask.ts';
import type { Delivery } from '../../functions/router/way/delivery.ts';
import { makeEndpoint } from '../support/make-endpoint.ts';

/** What telemetry costs a request that is answered and not followed: CPU time, over many requests in a row. */
const WARM_UP = 100_000;
const REQUESTS = 500_000;

const metrics = createCountedMetrics();
const reader = new PullReader({ metricProducers: [metrics] });
new MeterProvider({ readers: [reader] });
const tracing = createOtelTracing({ startSpan: () => unreachable() } as never, {
  ratio: 0,
  askedPerSecond: 5,
  projectId: 'p',
  random: Math.random,
  monotonic: () => performance.now(),
});
const endpoints = Array.from({ length: 20 }, (_, n) => makeEndpoint({ id: `acme/m${n}`, modelId: `acme/m${n}` }));

function request(n: number): void {
  const endpoint = endpoints[n % endpoints.length] as (typeof endpoints)[number];
  const call = {
    path: '/v1/chat/completions',
    req: { method: 'POST', headers: { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00' } },
    operation: 'chat',
    startedAt: 1_000,
    uploadMs: 0.1,
    attempts: [{ endpoint, startedAt: 1_001, latencyMs: 300 + (n % 700) }],
    trace: null,
    span: null,
  } as unknown as Call;
  followCall(call, { method: 'POST', path: '/v1/chat/completions', traced: true }, tracing);
  const usage = { ...noUsage, input: n % 5_000, output: n % 900 };
  const delivery = {
    candidate: { endpoint },
    outcome: 'finished',
    error: null,
    streamed: true,
    upstreamMs: 900,
    clientMs: 3,
  };
  const report = {
    facts: { requested_model: endpoint.modelId },
    delivery: delivery as Delivery,
    bill: { usage, basis: 'exact' as const, cut: false, cost: BigInt(n) * 1_000_000n },
  };
  measureAnswer(metrics, call as unknown as Ask, report, 2_500 + (n % 1_000));
  tracing.logFields(call.trace);
}

for (let n = 0; n < WARM_UP; n++) request(n);
const before = process.cpuUsage();
for (let n = 0; n < REQUESTS; n++) request(n);
const { user, system } = process.cpuUsage(before);
console.log(`${((user + system) / REQUESTS).toFixed(1)} µs of CPU for each request`);

const collected = process.cpuUsage();
await reader.collect();
const collecting = process.cpuUsage(collected);
console.log(
  `${((collecting.user + collecting.system) / 1_000).toFixed(1)} ms of CPU to collect ${endpoints.length} endpoints`,
);

function unreachable(): never {
  throw new Error('a span was made');
}
