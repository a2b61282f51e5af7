import { ClientGone } from '../../core/client-gone.ts';
import { type MeshError, toMeshError } from '../../core/errors.ts';
import { LEASE_SHARDS } from '../../core/leases/lease-store.ts';
import { FAILED_REQUEST_LIFE_MS, FAILED_REQUESTS } from '../../core/ledger/failed-requests.ts';
import { documentId, shardOf } from '../../core/store/document-id.ts';
import type { Value, Write } from '../../core/store/documents.ts';
import type { Ask } from './ask.ts';
import type { AttemptRecord } from './try-in-order.ts';

/**
 * What is remembered of a request that every endpoint failed, so that its owner can look up why: written with the void of its
 * hold, ids and codes and times, kept for `FAILED_REQUEST_LIFE_MS`. Nothing where no endpoint was asked, or nobody waits.
 */
export function failedRequest(
  ask: Ask,
  modelId: string,
  error: unknown,
  records: readonly AttemptRecord[],
  now: number,
): Write[] {
  if (records.length === 0 || error instanceof ClientGone) return [];
  const id = documentId(ask.id);
  const data = {
    request_id: ask.id,
    label: ask.label ?? undefined,
    end_user: ask.endUser ?? undefined,
    owner_id: ask.key.ownerId,
    key_id: ask.key.id,
    requested_model: modelId,
    error: toMeshError(error).code,
    attempts: describeAttempts(records),
    at: new Date(now),
    expires_at: new Date(now + FAILED_REQUEST_LIFE_MS),
    shard: shardOf(id, LEASE_SHARDS),
  };
  return [{ kind: 'set', collection: FAILED_REQUESTS, id, data, expect: 'any' }];
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
