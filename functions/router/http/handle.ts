import type { IncomingMessage, ServerResponse } from 'node:http';
import { ClientGone, hasLeft } from '../../core/client-gone.ts';
import { MeshError, toMeshError } from '../../core/errors.ts';
import { StoreUnavailable } from '../../core/store/documents.ts';
import { openaiSurface } from '../../formats/chat/surface.ts';
import { metricNames } from '../../platform/telemetry/metric-names.ts';
import { dispatch } from '../routes.ts';
import type { Services } from '../way/services.ts';
import { API_VERSIONS, type Call, commonHeaders, createCall, refusalIds, sendJson } from './call.ts';
import { allowOrigin } from './cors.ts';
import { failStream } from './event-stream.ts';
import { followCall } from './follow-call.ts';
import { CLIENT_GONE, reportRefusal } from './report-refusal.ts';

/** Asked all the time, by machines. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/** When to come again while the store cannot be reached. */
const STORE_RETRY_SECONDS = 2;

export interface ApiOptions {
  /** Origins that browsers may call from; empty for none. */
  corsOrigins: readonly string[];
}

export interface PublicApi {
  /** A plain Node handler: every request ends in exactly one answer, whatever is thrown. */
  handle(req: IncomingMessage, res: ServerResponse): Promise<void>;
  /** Ends every call that is still being answered, streams with an error frame: this instance is going away. */
  endAll(): void;
}

export function createApi(services: Services, { corsOrigins }: ApiOptions): PublicApi {
  const active = new Set<Call>();

  async function answer(call: Call): Promise<void> {
    if (allowOrigin(call, corsOrigins)) return;
    checkVersion(call);
    const reply = await dispatch(call, services);
    if (reply === undefined) return;
    if (!PROBES.has(call.path)) services.telemetry.metrics.add(metricNames.requests, 1, answeredWith(reply.status));
    if (reply.body !== undefined) sendJson(call, reply.status, JSON.stringify(reply.body), reply.headers);
    else call.res.writeHead(reply.status, { ...commonHeaders(call), ...reply.headers }).end();
  }

  return {
    async handle(req, res) {
      const call = createCall(req, res, services.mintId('req'), services.clock, openaiSurface);
      active.add(call);
      followCall(call, services.telemetry.tracing);
      try {
        await answer(call);
      } catch (thrown) {
        answerErrorSafely(call, thrown, services);
      } finally {
        active.delete(call);
        call.span?.end();
      }
    },
    endAll() {
      const message = 'This instance is shutting down.';
      for (const call of active) call.end(new MeshError('provider_not_available', { message, retryAfterSeconds: 1 }));
    },
  };
}

function answeredWith(status: number) {
  return { 'http.response.status_code': status, 'mesh.outcome': 'answered' };
}

function checkVersion({ req }: Call): void {
  const asked = req.headers['x-mesh-version'];
  if (asked === undefined || (API_VERSIONS as readonly string[]).includes(String(asked))) return;
  throw new MeshError('invalid_api_version', { details: { supported_versions: API_VERSIONS } });
}

/** Whatever goes wrong even then ends this call alone, not the process. */
function answerErrorSafely(call: Call, thrown: unknown, services: Services): void {
  try {
    answerError(call, thrown, services);
  } catch (again) {
    services.log.error('an error could not be answered', { request_id: call.requestId, error: (again as Error).name });
    call.res.destroy();
  }
}

function answerError(call: Call, thrown: unknown, services: Services): void {
  if (thrown instanceof ClientGone || hasLeft(call)) {
    const fields = { request_id: call.requestId, path: call.path, ...services.telemetry.tracing.logFields(call.trace) };
    services.log.info('the client went away', fields);
    reportRefusal(services.telemetry.metrics, call, ...CLIENT_GONE);
    call.res.destroy();
    return;
  }
  const error = thrown instanceof StoreUnavailable ? storeUnavailable() : toMeshError(thrown);
  const { status, headers, body } = call.surface.refuse(error, refusalIds(call));
  const level = error.code === 'internal_error' ? 'error' : 'info';
  services.log[level]('refused', {
    request_id: call.requestId,
    path: call.path,
    code: error.code,
    status,
    provider_code: error.providerCode,
    // The kind of what was thrown, never its text: that may quote a request.
    thrown: error.cause instanceof Error ? error.cause.name : null,
    at: error.code === 'internal_error' ? firstFrame(error.cause) : null,
    ...services.telemetry.tracing.logFields(call.trace),
  });
  if (call.res.headersSent) failStream(call, call.surface.frame(body));
  else sendJson(call, status, JSON.stringify(body), headers);
  reportRefusal(services.telemetry.metrics, call, error.code, status);
}

function storeUnavailable(): MeshError {
  return new MeshError('provider_not_available', {
    message: 'The store cannot be reached. Nothing was charged.',
    retryAfterSeconds: STORE_RETRY_SECONDS,
  });
}

/** Where an unexpected error came from: a place in our code, without its message. */
function firstFrame(thrown: unknown): string | null {
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
  return /\bat .*?([\w-]+\.[cm]?[jt]s:\d+:\d+)/.exec(stack)?.[1] ?? null;
}
