import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { metricNames } from '../../platform/telemetry/metric-names.ts';
import type { Attributes, Metrics } from '../../platform/telemetry/telemetry.ts';
import type { Ask } from '../way/ask.ts';
import type { Outcome } from '../way/delivery.ts';
import type { AnswerReport } from '../way/reporter.ts';

const PICO_USD_PER_USD = 1e12;

/** The attributes of an endpoint's answers to those who asked for a model: the same objects each time, which is cheapest. */
interface AnswerAttributes {
  all: Attributes;
  input: Attributes;
  output: Attributes;
  requests: Map<Outcome, Attributes>;
}

/** By operation, endpoint and model asked for. */
const known = new Map<string, WeakMap<Endpoint, Map<string, AnswerAttributes>>>();

/** Puts an answer into the metrics. `endedAt`: monotonic milliseconds. */
export function measureAnswer(
  metrics: Metrics,
  ask: Ask,
  { facts, delivery, bill }: Pick<AnswerReport, 'facts' | 'delivery' | 'bill'>,
  endedAt: number,
): void {
  const { candidate, outcome, error, streamed } = delivery;
  const attributes = attributesOf(ask.operation, candidate.endpoint, String(facts.requested_model));
  const totalMs = endedAt - ask.startedAt;
  // One that was given up before its first byte is counted as the refusal that its caller gets.
  const isAnswered = outcome !== 'timed_out' || streamed;
  if (isAnswered) metrics.add(metricNames.requests, 1, ofOutcome(attributes, outcome));
  if (isAnswered && error !== null)
    metrics.add(metricNames.requestErrors, 1, { ...attributes.all, 'error.type': error.code });
  metrics.record(metricNames.requestDuration, totalMs / 1_000, attributes.all);
  metrics.record(metricNames.addedLatency, addedMs(ask, delivery, totalMs) / 1_000, attributes.all);
  const last = ask.attempts.at(-1);
  if (streamed && last !== undefined) {
    const firstTokenMs = last.startedAt + last.latencyMs - ask.startedAt;
    metrics.record(metricNames.timeToFirstToken, firstTokenMs / 1_000, attributes.all);
  }
  metrics.record(metricNames.tokenUsage, bill.usage.input, attributes.input);
  metrics.record(metricNames.tokenUsage, bill.usage.output, attributes.output);
  metrics.add(metricNames.cost, Number(bill.cost) / PICO_USD_PER_USD, attributes.all);
}

/** What is left of a request's time without the upstreams' part and the client's. */
export function addedMs(
  { attempts, uploadMs }: Pick<Ask, 'attempts' | 'uploadMs'>,
  { upstreamMs, clientMs }: Pick<AnswerReport['delivery'], 'upstreamMs' | 'clientMs'>,
  totalMs: number,
): number {
  let othersMs = uploadMs + upstreamMs + clientMs;
  for (const { latencyMs } of attempts) othersMs += latencyMs;
  return Math.max(0, totalMs - othersMs);
}

function attributesOf(operation: string, endpoint: Endpoint, requestedModel: string): AnswerAttributes {
  let byEndpoint = known.get(operation);
  if (byEndpoint === undefined) {
    byEndpoint = new WeakMap();
    known.set(operation, byEndpoint);
  }
  let byModel = byEndpoint.get(endpoint);
  if (byModel === undefined) {
    byModel = new Map();
    byEndpoint.set(endpoint, byModel);
  }
  let attributes = byModel.get(requestedModel);
  if (attributes === undefined) {
    const all = {
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': endpoint.provider,
      'gen_ai.request.model': requestedModel,
      'gen_ai.response.model': endpoint.modelId,
    };
    const ofType = (type: string) => ({ ...all, 'gen_ai.token.type': type });
    attributes = { all, input: ofType('input'), output: ofType('output'), requests: new Map() };
    byModel.set(requestedModel, attributes);
  }
  return attributes;
}

function ofOutcome({ all, requests }: AnswerAttributes, outcome: Outcome): Attributes {
  let attributes = requests.get(outcome);
  if (attributes === undefined) {
    attributes = { ...all, 'http.response.status_code': 200, 'mesh.outcome': outcome };
    requests.set(outcome, attributes);
  }
  return attributes;
}
