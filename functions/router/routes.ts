import { MeshError } from '../core/errors.ts';
import { authenticateAdmin } from './access/authenticate.ts';
import { getBalance } from './api/balance/balance.ts';
import { listBreakers, resetBreaker } from './api/breakers/breakers.ts';
import { getRates, putRate } from './api/exchange-rates/exchange-rates.ts';
import { createKey, deleteKey, getKey, listKeys, patchKey } from './api/keys/keys.ts';
import { getKeyLimits, getRateLimits } from './api/limits/limits.ts';
import { getMetrics } from './api/meta/metrics.ts';
import { getModelEndpoints, listEndpointHealth } from './api/models/endpoint-health.ts';
import { getModel, listModels } from './api/models/models.ts';
import { adjust, createOwner, getOwner, listOwners, patchOwner, refund, topUp } from './api/owners/owners.ts';
import { getCredits, getOwnKey } from './api/usage/account.ts';
import { getAttempts } from './api/usage/attempts.ts';
import { listEntries } from './api/usage/entries.ts';
import { getGeneration } from './api/usage/generation.ts';
import { queryEvents } from './api/usage/query-events.ts';
import { queryUsage } from './api/usage/query-usage.ts';
import { API_VERSIONS, type Call } from './http/call.ts';
import { openApiDocument } from './http/openapi.ts';
import type { Reply } from './http/reply.ts';
import { chatOperation } from './operations/chat/chat.ts';
import { compare } from './operations/chat/compare.ts';
import { selectModel } from './operations/select/select.ts';
import { serveCall } from './operations/serve-call.ts';
import type { Services } from './way/services.ts';

/** Answers a call. `param` is the part of the path that the pattern captured. Nothing returned: it has answered itself. */
type Handler = (call: Call, services: Services, param: string) => Promise<Reply | undefined> | Reply;

interface Route {
  method: string;
  pattern: RegExp;
  handle: Handler;
}

const asAdmin =
  (handle: Handler): Handler =>
  (call, services, param) => {
    authenticateAdmin(call, services.adminKeyHash);
    return handle(call, services, param);
  };

export const routes: readonly Route[] = [
  {
    method: 'POST',
    pattern: /^\/v1\/chat\/completions$/,
    handle: serveCall(chatOperation),
  },
  {
    method: 'POST',
    pattern: /^\/v1\/chat\/compare$/,
    handle: (call, services) => compare(call, services).then(() => undefined),
  },
  { method: 'POST', pattern: /^\/v1\/router\/select$/, handle: selectModel },
  { method: 'GET', pattern: /^\/v1\/models$/, handle: listModels },
  { method: 'GET', pattern: /^\/v1\/models\/(.+)\/endpoints$/, handle: getModelEndpoints },
  { method: 'GET', pattern: /^\/v1\/models\/(.+)(?<!\/endpoints)$/, handle: getModel },
  { method: 'GET', pattern: /^\/v1\/health\/endpoints$/, handle: listEndpointHealth },
  { method: 'GET', pattern: /^\/v1\/balance$/, handle: getBalance },
  { method: 'POST', pattern: /^\/v1\/usage$/, handle: queryUsage },
  { method: 'POST', pattern: /^\/v1\/usage\/events$/, handle: queryEvents },
  { method: 'GET', pattern: /^\/v1\/usage\/events\/([^/]+)\/attempts$/, handle: getAttempts },
  { method: 'GET', pattern: /^\/v1\/generation$/, handle: getGeneration },
  { method: 'GET', pattern: /^\/v1\/credits$/, handle: getCredits },
  { method: 'GET', pattern: /^\/v1\/key$/, handle: getOwnKey },
  { method: 'GET', pattern: /^\/v1\/usage\/rate-limits$/, handle: getRateLimits },
  { method: 'GET', pattern: /^\/v1\/api-versions$/, handle: listApiVersions },
  { method: 'POST', pattern: /^\/v1\/owners$/, handle: asAdmin(createOwner) },
  { method: 'GET', pattern: /^\/v1\/owners$/, handle: asAdmin(listOwners) },
  { method: 'GET', pattern: /^\/v1\/owners\/([^/]+)$/, handle: asAdmin(getOwner) },
  { method: 'PATCH', pattern: /^\/v1\/owners\/([^/]+)$/, handle: asAdmin(patchOwner) },
  { method: 'GET', pattern: /^\/v1\/owners\/([^/]+)\/entries$/, handle: asAdmin(listEntries) },
  { method: 'POST', pattern: /^\/v1\/owners\/([^/]+)\/topups$/, handle: asAdmin(topUp) },
  { method: 'POST', pattern: /^\/v1\/owners\/([^/]+)\/adjustments$/, handle: asAdmin(adjust) },
  { method: 'POST', pattern: /^\/v1\/owners\/([^/]+)\/refunds$/, handle: asAdmin(refund) },
  { method: 'POST', pattern: /^\/v1\/keys$/, handle: asAdmin(createKey) },
  { method: 'GET', pattern: /^\/v1\/keys$/, handle: asAdmin(listKeys) },
  { method: 'GET', pattern: /^\/v1\/keys\/([^/]+)$/, handle: asAdmin(getKey) },
  { method: 'GET', pattern: /^\/v1\/keys\/([^/]+)\/limits$/, handle: asAdmin(getKeyLimits) },
  { method: 'PATCH', pattern: /^\/v1\/keys\/([^/]+)$/, handle: asAdmin(patchKey) },
  { method: 'DELETE', pattern: /^\/v1\/keys\/([^/]+)$/, handle: asAdmin(deleteKey) },
  { method: 'GET', pattern: /^\/v1\/breakers$/, handle: asAdmin(listBreakers) },
  { method: 'POST', pattern: /^\/v1\/breakers\/(.+)\/reset$/, handle: asAdmin(resetBreaker) },
  { method: 'GET', pattern: /^\/v1\/rates$/, handle: asAdmin(getRates) },
  { method: 'PUT', pattern: /^\/v1\/rates\/USD_INR$/, handle: asAdmin(putRate) },
  { method: 'GET', pattern: /^\/healthz$/, handle: () => ({ status: 200, body: { status: 'ok' } }) },
  { method: 'GET', pattern: /^\/readyz$/, handle: isReady },
  { method: 'GET', pattern: /^\/metrics$/, handle: getMetrics },
  { method: 'GET', pattern: /^\/openapi\.json$/, handle: () => ({ status: 200, body: openApiDocument() }) },
];

/** Finds the route of a call and lets it answer. Throws `not_found` and `method_not_allowed`. */
export async function dispatch(call: Call, services: Services): Promise<Reply | undefined> {
  const allowed: string[] = [];
  for (const { method, pattern, handle } of routes) {
    const match = pattern.exec(call.path);
    if (match === null) continue;
    if (method === call.req.method) return handle(call, services, decode(match[1] ?? ''));
    allowed.push(method);
  }
  if (allowed.length === 0) throw new MeshError('not_found', { message: 'There is no such path.' });
  call.res.setHeader('allow', allowed.join(', '));
  throw new MeshError('method_not_allowed', { message: `This path takes ${allowed.join(', ')}.` });
}

function listApiVersions(): Reply {
  return { status: 200, body: { versions: API_VERSIONS, default: API_VERSIONS[0] } };
}

/** Ready once the store answers and there is something to serve. */
async function isReady(_call: Call, services: Services): Promise<Reply> {
  const models = services.catalogue().models.size;
  try {
    await services.documents.get('rates', 'USD_INR');
  } catch {
    return { status: 503, body: { status: 'unavailable', store: 'unreachable', models } };
  }
  return { status: models > 0 ? 200 : 503, body: { status: models > 0 ? 'ok' : 'unavailable', store: 'ok', models } };
}

function decode(param: string): string {
  try {
    return decodeURIComponent(param);
  } catch {
    return param;
  }
}
