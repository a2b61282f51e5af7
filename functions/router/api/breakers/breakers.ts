import { MeshError } from '../../../core/errors.ts';
import { recordChange } from '../../access/record-change.ts';
import type { Call } from '../../http/call.ts';
import { replyIfNew } from '../../http/reply-if-new.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';

/** `GET /v1/breakers`: those that have ever opened, cooled down, or are open on this instance alone. */
export function listBreakers(call: Call, services: Services): Reply {
  const body = services.health.breakers.list().map(({ endpoint, breaker, standing, shared }) => ({
    endpoint,
    state: standing.state,
    generation: breaker.generation,
    reason: standing.reason ?? breaker.reason,
    changed_at: toIso(breaker.changedAt),
    until: standing.until === null ? null : toIso(standing.until),
    successes: breaker.successes,
    probing: breaker.probe !== null,
    shared,
  }));
  return replyIfNew(call, body);
}

/** `POST /v1/breakers/{endpoint}/reset`: closes a breaker on all instances, and ends its cooldown. */
export async function resetBreaker(call: Call, services: Services, endpoint: string): Promise<Reply> {
  if (!isEndpoint(services, endpoint)) throw new MeshError('not_found', { message: 'There is no such endpoint.' });
  await services.health.breakers.reset(endpoint);
  await services.documents.commit([recordChange(call, services, 'breaker.reset', { endpoint })]);
  return { status: 204 };
}

function isEndpoint(services: Services, id: string): boolean {
  const models = [...services.catalogue().models.values()];
  return models.some(({ endpoints }) => endpoints.some((endpoint) => endpoint.id === id));
}

function toIso(time: number): string {
  return new Date(time).toISOString();
}
