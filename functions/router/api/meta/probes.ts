import type { Call } from '../../http/call.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';

/** `GET /healthz`: the process answers. */
export function isAlive(): Reply {
  return { status: 200, body: { status: 'ok' } };
}

/** `GET /readyz`: the store can be written to and there is something to serve; where not, what stands against it. */
export async function isReady(_call: Call, { gate, catalogue }: Services): Promise<Reply> {
  const models = catalogue().models.size;
  const closed = await gate.look();
  if (closed !== null)
    return { status: 503, body: { status: 'unavailable', store: closed.trouble, place: closed.place, models } };
  return { status: models > 0 ? 200 : 503, body: { status: models > 0 ? 'ok' : 'unavailable', store: 'ok', models } };
}
