import { MeshError } from '../../../core/errors.ts';
import type { SessionKey } from '../../../core/sessions/sessions.ts';
import type { Call } from '../../http/call.ts';
import { LARGE_BODY_BYTES, readJson } from '../../http/read-body.ts';
import type { Ask } from '../../way/ask.ts';
import { checkRates } from '../../way/count-requests.ts';
import type { Services } from '../../way/services.ts';
import { endUserOfHeaders } from './end-user-of.ts';
import { metadataOf } from './metadata-of.ts';
import { openingOf } from './opening-of.ts';
import { isAffinityOff, sessionOf } from './session-of.ts';

/**
 * The body of a request that is paid for. It is read where its key has requests left, and above 1 MiB where its owner has
 * money: what is small may be for a model that costs nothing.
 */
export async function readRequest(call: Call, ask: Ask, services: Services): Promise<unknown> {
  await checkRates(ask, services);
  const { ownerId, currency } = ask.key;
  const body = await readJson(call, {
    async allowLarge() {
      if (await services.leases.hasMoney(ownerId)) return;
      throw new MeshError('spend_limit_exceeded', {
        message: `Without balance a body may have ${LARGE_BODY_BYTES / 1024 / 1024} MiB.`,
        details: { reason: 'balance', currency, available: '0', max_bytes: LARGE_BODY_BYTES },
      });
    },
  });
  ask.uploadMs = call.uploadMs;
  const named = endUserOfHeaders(call.req.headers);
  ask.endUser = named === null ? null : services.hashUser(ownerId, named);
  ask.session = sessionOf(call.req.headers, body, (name) => services.hashUser(ownerId, name));
  ask.affinity = isAffinityOff(call.req.headers) ? null : affinityOf(ask, body, services);
  ask.metadata = metadataOf(call.req.headers, body);
  return body;
}

/** What the session's endpoint is remembered by: its name, or how the conversation begins. */
function affinityOf({ session, key }: Ask, body: unknown, { sessions }: Services): SessionKey | null {
  if (session !== null) return { ownerId: key.ownerId, name: session, isNamed: true };
  const opening = openingOf(body);
  return opening.length === 0 ? null : sessions.guess(key.ownerId, key.id, opening);
}
