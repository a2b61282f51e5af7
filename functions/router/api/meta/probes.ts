import type { Call } from '../../http/call.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';

/** `GET /healthz`: the process answers. */
export function isAlive(): Reply {
  return { status: 200, body: { status: 'ok' } };
}

/** `GET /readyz`: the store can be written to and there is something to serve; where not, what stands against it. */
export async function isReady(_call: Call, { gate, catalogue, living }: Services): Promise<Reply> {
  const models = catalogue().models.size;
  const invalid = living.invalid();
  // What it served before is served still, so that no instance is taken away for it.
  const layers = invalid.length === 0 ? {} : { catalogue: { invalid } };
  const closed = await gate.look();
  if (closed !== null) {
    const body = { status: 'unavailable', store: closed.trouble, place: closed.place, models, ...layers };
    return { status: 503, body };
  }
  const status = models > 0 ? 'ok' : 'unavailable';
  return { status: models > 0 ? 200 : 503, body: { status, store: 'ok', models, ...layers } };
}
