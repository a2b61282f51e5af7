import { recordChange } from '../../access/record-change.ts';
import type { Call } from '../../http/call.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';

/** `GET /v1/doubts`: the endpoints that reported more than can be true. */
export function listDoubts(_call: Call, services: Services): Reply {
  const body = services.doubts.list().map(({ endpoint, since, requestId }) => ({
    endpoint,
    since: new Date(since).toISOString(),
    request_id: requestId,
  }));
  return { status: 200, body };
}

/**
 * `DELETE /v1/doubts/{endpoint}`: an operator has looked, its reports are believed again on all instances. There may be doubts
 * about an endpoint that the catalogue no longer has, so any name is taken.
 */
export async function clearDoubt(call: Call, services: Services, endpoint: string): Promise<Reply> {
  await services.doubts.clear(endpoint, [recordChange(call, services, 'doubt.clear', { endpoint })]);
  return { status: 204 };
}
