import { toReader } from '../../access/actor.ts';
import type { Call } from '../../http/call.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { getRequest } from './find-charge.ts';

/** `GET /v1/usage/events/{id}/attempts`: where a request was tried, in order, whether it got an answer or not. */
export async function getAttempts(call: Call, services: Services, requestId: string): Promise<Reply> {
  const { ownerId } = await toReader(call, services);
  const { data } = await getRequest(services.documents, requestId, ownerId);
  const attempts = Array.isArray(data.attempts) ? (data.attempts as Record<string, unknown>[]) : [];
  return {
    status: 200,
    body: attempts.map((attempt, at) => ({
      attempt: at + 1,
      endpoint: attempt.endpoint,
      model: attempt.model ?? null,
      provider: attempt.provider ?? null,
      region: attempt.region ?? null,
      outcome: attempt.outcome,
      provider_code: attempt.provider_code ?? null,
      started_ms: Number(attempt.started_ms ?? 0),
      latency_ms: Number(attempt.latency_ms),
      breaker: attempt.breaker ?? 'normal',
    })),
  };
}
