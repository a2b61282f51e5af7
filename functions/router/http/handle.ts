import type { IncomingMessage, ServerResponse } from 'node:http';
import { ClientGone, hasLeft } from '../../core/client-gone.ts';
import { type ErrorCode, MeshError, toMeshError } from '../../core/errors.ts';
import { StoreUnavailable } from '../../core/store/documents.ts';
import type { Surface } from '../../formats/shared/surface.ts';
import type { Clock } from '../../platform/clock.ts';
import { errorFacts } from '../../platform/error-facts.ts';
import type { Log } from '../../platform/log.ts';
import { metricNames } from '../../platform/telemetry/metric-names.ts';
import type { Telemetry } from '../../platform/telemetry/telemetry.ts';
import { API_VERSIONS, type Call, commonHeaders, createCall, refusalIds, sendJson } from './call.ts';
import { allowOrigin } from './cors.ts';
import { failStream } from './event-stream.ts';
import { followCall } from './follow-call.ts';
import { createRefusalLog, type RefusalLog } from './refusal-log.ts';
import { CLIENT_GONE, reportRefusal } from './report-refusal.ts';
import { methodsOf, type Place, type RouteTable, routeFor } from './route-table.ts';

/** From this status on it is not its caller's mistake. */
const SERVER_ERROR = 500;
/** What such a request is found by in the log; alerts and playbooks go by it, so it stays as it is. */
const REQUEST_FAILED = 'request_failed';

/** When to come again while the store cannot be reached. */
const STORE_RETRY_SECONDS = 2;

/** What answering calls takes, beside what their handlers work with. */
export interface ApiPorts {
  clock: Clock;
  log: Log;
  telemetry: Telemetry;
  /** Counts a call that was refused since its key may not be used. */
  refusals: { count(key: { id: string; ownerId: string }, code: ErrorCode): void };
  mintId(prefix: string): string;
}

export interface ApiOptions<Services> {
  table: RouteTable<Services>;
  /** Whose manners errors have where there is no path to say so. */
  surface: Surface;
  /** Origins that browsers may call from; empty for none. */
  corsOrigins: readonly string[];
  /** Addresses that proxies of our own add to `X-Forwarded-For`. */
  proxies: number;
}

export interface PublicApi {
  /** A plain Node handler: every request ends in exactly one answer, whatever is thrown. */
  handle(req: IncomingMessage, res: ServerResponse): Promise<void>;
  /** Ends every call that is still being answered, streams with an error frame: this instance is going away. */
  endAll(): void;
  /** How many calls are being answered. */
  running(): number;
}

export function createApi<Services extends ApiPorts>(services: Services, options: ApiOptions<Services>): PublicApi {
  const { table, surface, corsOrigins, proxies } = options;
  const { telemetry } = services;
  const logRefusal = createRefusalLog(services.log, services.clock);
  const active = new Set<Call>();

  async function answer(call: Call, place: Place<Services> | null): Promise<void> {
    if (allowOrigin(call, corsOrigins, place === null ? [] : methodsOf(place))) return;
    checkVersion(call);
    if (place === null) throw new MeshError('not_found', { message: 'There is no such path.' });
    if (answerOptions(call, place)) return;
    const route = routeFor(place, call.req.method);
    const reply = await route.handle(call, services, place.param);
    if (reply === undefined) return;
    if (!route.probe) telemetry.metrics.add(metricNames.requests, 1, answeredWith(reply.status));
    if (reply.body !== undefined) sendJson(call, reply.status, JSON.stringify(reply.body), reply.headers);
    else call.res.writeHead(reply.status, { ...commonHeaders(call), ...reply.headers }).end();
  }

  return {
    async handle(req, res) {
      const call = createCall(req, res, services.mintId('req'), services.clock, surface, proxies);
      const place = table.find(call.path);
      call.surface = (place ?? table.above(call.path))?.routes[0].surface ?? surface;
      active.add(call);
      followCall(
        call,
        place?.routes.find(({ method }) => method === req.method),
        telemetry.tracing,
      );
      try {
        await answer(call, place);
      } catch (thrown) {
        answerErrorSafely(call, thrown, place, { ...services, logRefusal });
      } finally {
        active.delete(call);
        call.span?.end();
      }
    },
    running: () => active.size,
    endAll() {
      const message = 'This instance is shutting down.';
      for (const call of active) call.end(new MeshError('provider_not_available', { message, retryAfterSeconds: 1 }));
    },
  };
}

function answeredWith(status: number) {
  return { 'http.response.status_code': status, 'mesh.outcome': 'answered' };
}

/** Says which methods a path takes, to whoever asks for that alone. */
function answerOptions(call: Call, place: Place<never>): boolean {
  if (call.req.method !== 'OPTIONS') return false;
  call.res.writeHead(204, { ...commonHeaders(call), allow: methodsOf(place).join(', ') }).end();
  return true;
}

function checkVersion({ req }: Call): void {
  const asked = req.headers['x-mesh-version'];
  if (asked === undefined || (API_VERSIONS as readonly string[]).includes(String(asked))) return;
  throw new MeshError('invalid_api_version', { details: { supported_versions: API_VERSIONS } });
}

type RefusalPorts = ApiPorts & { logRefusal: RefusalLog };

/** Whatever goes wrong even then ends this call alone, not the process. */
function answerErrorSafely(call: Call, thrown: unknown, place: Place<never> | null, ports: RefusalPorts): void {
  try {
    answerError(call, thrown, place, ports);
  } catch (again) {
    ports.log.error('an error could not be answered', { request_id: call.requestId, error: (again as Error).name });
    call.res.destroy();
  }
}

function answerError(
  call: Call,
  thrown: unknown,
  place: Place<never> | null,
  { logRefusal, refusals, telemetry: { metrics, tracing } }: RefusalPorts,
): void {
  const trace = tracing.logFields(call.trace);
  if (thrown instanceof ClientGone || hasLeft(call)) {
    logRefusal(call, 'info', 'the client went away', trace);
    reportRefusal(metrics, call, ...CLIENT_GONE);
    call.res.destroy();
    return;
  }
  const error = thrown instanceof StoreUnavailable ? storeUnavailable() : toMeshError(thrown);
  if (call.barredKey !== null) refusals.count(call.barredKey, error.code);
  const { status, headers, body } = call.surface.refuse(error, refusalIds(call));
  const isOurs = status >= SERVER_ERROR;
  const asked = call.told?.attributes() ?? {};
  logRefusal(call, isOurs ? 'error' : 'info', 'refused', {
    ...(isOurs ? { event: REQUEST_FAILED } : {}),
    code: error.code,
    status,
    provider_code: error.providerCode,
    provider: asked['gen_ai.provider.name'] ?? null,
    model: asked['gen_ai.response.model'] ?? null,
    endpoint: call.told?.endpoint() ?? null,
    // The kind of what was thrown, never its text: that may quote a request.
    thrown: error.cause instanceof Error ? error.cause.name : null,
    at: error.code === 'internal_error' ? errorFacts(error.cause).at : null,
    ...trace,
  });
  const allow = error.code === 'method_not_allowed' && place !== null ? { allow: methodsOf(place).join(', ') } : {};
  if (call.res.headersSent) failStream(call, call.surface.frame(body));
  else sendJson(call, status, JSON.stringify(body), { ...headers, ...allow });
  reportRefusal(metrics, call, error.code, status);
}

function storeUnavailable(): MeshError {
  return new MeshError('provider_not_available', {
    message: 'The store cannot be reached. Nothing was charged.',
    retryAfterSeconds: STORE_RETRY_SECONDS,
  });
}
