import { ownerSeal } from '../../../formats/shared/owner-seal.ts';
import { authenticate } from '../../access/authenticate.ts';
import type { Key } from '../../access/key-cache.ts';
import { requestDefaults } from '../../access/request-defaults.ts';
import { type Call, sendJson } from '../../http/call.ts';
import { openEventStream } from '../../http/event-stream.ts';
import { type Ask, explainError } from '../../way/ask.ts';
import { countingFailures } from '../../way/count-requests.ts';
import type { Operation } from '../../way/operation.ts';
import type { Output } from '../../way/output.ts';
import { rateHeaders } from '../../way/rate-headers.ts';
import { serveRequest } from '../../way/serve-request.ts';
import type { Services } from '../../way/services.ts';
import { clientOf } from './client-of.ts';
import { readRequest } from './read-request.ts';
import { withTemplate } from './with-template.ts';

/** Answers a call by an operation: finds out whose it is, reads it, and sends it on its way. */
export function serveCall<Request, Frame, Whole>(operation: Operation<Request, Frame, Whole>) {
  return async (call: Call, services: Services, param: string): Promise<undefined> => {
    const key = await authenticate(call, services.keys);
    const ask = toAsk(call, key, operation);
    await countingFailures(ask, services, async () => {
      const body = await readRequest(call, ask, services);
      const seal = ownerSeal(services.seal, key.ownerId);
      const asked = { body, defaults: requestDefaults(call, key) };
      const given = operation.takesTemplates ? await withTemplate(asked, key, services.templates) : asked;
      const incoming = { body: given.body, param, query: call.query, headers: call.req.headers, seal };
      const parsed = await operation.parse(incoming, given.defaults);
      await serveRequest(ask, operation, parsed, toClient(call), services);
    });
  };
}

/** The request that a call makes. What becomes known of it is told by the call's answer, whatever that is. */
export function toAsk(
  call: Call,
  key: Key,
  { name, surface }: Pick<Operation<unknown, unknown, unknown>, 'name' | 'surface'>,
): Ask {
  const { headers } = call.req;
  const idempotencyKey = headers['idempotency-key'];
  const { label, meshSdk, gone, explained, arrivedAt, startedAt, uploadMs, trace, span } = call;
  const ask: Ask = {
    id: call.requestId,
    key,
    label,
    operation: name,
    part: '',
    meshSdk,
    idempotencyKey: idempotencyKey === undefined ? null : String(idempotencyKey),
    passOn: Object.fromEntries(
      surface.passOn.flatMap((header) => {
        const value = headers[header];
        return value === undefined ? [] : [[header, String(value)]];
      }),
    ),
    gone,
    explained,
    arrivedAt,
    startedAt,
    uploadMs,
    client: clientOf(headers),
    endUser: null,
    session: null,
    affinity: null,
    metadata: null,
    queueMs: null,
    holdMs: null,
    trace,
    span,
    decision: null,
    rates: null,
    attempts: [],
  };
  call.told = toldOf(ask);
  return ask;
}

/** What an answer's head and an error say of a request. */
export function toldOf(ask: Ask): NonNullable<Call['told']> {
  return {
    headers: () => rateHeaders(ask.rates),
    more: () => explainError(ask),
    attributes() {
      const last = ask.attempts.at(-1)?.endpoint;
      return last === undefined ? {} : { 'gen_ai.provider.name': last.provider, 'gen_ai.response.model': last.modelId };
    },
    endpoint: () => ask.attempts.at(-1)?.endpoint.id ?? null,
  };
}

function toClient(call: Call): Output {
  return {
    openStream: (mediaType, headers, ping) => openEventStream(call, mediaType, headers, ping),
    sendWhole: (json, headers) => sendJson(call, 200, json, headers),
  };
}
