import type { Call } from '../call.ts';
import type { Router } from '../router.ts';
import type { Reply } from '../routes.ts';
import { getCharge } from './find-charge.ts';
import { toReader } from './reader.ts';

/** `GET /v1/usage/events/{id}/attempts`: where a request was tried, in order. */
export async function getAttempts(call: Call, router: Router, requestId: string): Promise<Reply> {
  const { ownerId } = await toReader(call, router);
  const { data } = await getCharge(router.documents, requestId, ownerId);
  const attempts = Array.isArray(data.attempts) ? (data.attempts as Record<string, unknown>[]) : [];
  return {
    status: 200,
    body: attempts.map(({ endpoint, outcome, provider_code, latency_ms }, at) => ({
      attempt: at + 1,
      endpoint,
      outcome,
      provider_code: provider_code ?? null,
      latency_ms: Number(latency_ms),
    })),
  };
}
