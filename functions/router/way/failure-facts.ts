import { ClientGone } from '../../core/client-gone.ts';
import { type MeshError, toMeshError } from '../../core/errors.ts';
import type { Fields, Value } from '../../core/store/documents.ts';
import type { Ask } from './ask.ts';
import { requestFacts } from './request-facts.ts';
import type { AttemptRecord } from './try-in-order.ts';

/** A client that left before its answer began: no error of ours, and of nobody's else. */
const CLIENT_GONE = 'client_gone';

/**
 * What is remembered of a request that held money and got no answer, so that its owner can look up why: ids and codes and times.
 * Its model and provider are those that were asked last, if any were.
 */
export function failureFacts(
  ask: Ask,
  requestedModel: string,
  error: unknown,
  records: readonly AttemptRecord[],
  { streamed, totalMs }: { streamed: boolean; totalMs: number },
): Fields {
  const last = records.at(-1)?.endpoint;
  const isGone = error instanceof ClientGone;
  const { code, providerCode } = toMeshError(error);
  return {
    ...requestFacts(ask, requestedModel, streamed),
    model: last?.modelId ?? requestedModel,
    endpoint: last?.id,
    provider: last?.provider,
    region: last?.region,
    outcome: isGone ? CLIENT_GONE : 'failed',
    error: isGone ? CLIENT_GONE : code,
    provider_code: isGone ? undefined : providerCode,
    total_ms: BigInt(Math.round(totalMs)),
    attempts: describeAttempts(records),
  };
}

/** Attempts as entries, events and failed requests keep them. `broken`: what ended the last one after it had begun well. */
export function describeAttempts(records: readonly AttemptRecord[], broken: MeshError | null = null): Value[] {
  return records.map(({ endpoint, latencyMs, startedAt, pass, ...record }, at) => ({
    endpoint: endpoint.id,
    model: endpoint.modelId,
    provider: endpoint.provider,
    region: endpoint.region,
    outcome: (at === records.length - 1 ? broken?.code : undefined) ?? record.outcome,
    provider_code: (at === records.length - 1 ? broken?.providerCode : undefined) ?? record.providerCode,
    started_ms: BigInt(Math.round(startedAt - (records[0]?.startedAt ?? startedAt))),
    latency_ms: BigInt(Math.round(latencyMs)),
    // Whether it was let through although its endpoint was down: to learn whether it still is, or because all were.
    breaker: pass.kind,
  }));
}
