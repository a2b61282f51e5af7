import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AdminScope } from '../../core/admin-scopes.ts';
import { ClientGone } from '../../core/client-gone.ts';
import type { MeshError } from '../../core/errors.ts';
import type { RefusalIds, Surface } from '../../formats/shared/surface.ts';
import type { Attributes, Span } from '../../platform/telemetry/telemetry.ts';
import type { TraceContext } from '../../platform/telemetry/trace-context.ts';
import { clientAddress } from './client-address.ts';
import { normalPath } from './normal-path.ts';
import { writeOut } from './write-out.ts';

/** The contract served, by `X-Mesh-Version`. */
export const API_VERSIONS = ['2026-08'] as const;

/** One HTTP request to the router, from its arrival to its last byte. */
export interface Call {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Ours, `req_…`: it names the hold, the entry, the events and the answer. */
  readonly requestId: string;
  /** The caller's own `X-Request-Id`, a label and nothing more. */
  readonly label: string | null;
  /** Where it comes from. Never logged. */
  readonly address: string;
  /** Whether one of Mesh's own SDKs is calling; they expect some shapes of their own. */
  readonly meshSdk: boolean;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Aborted when the client has gone before its answer was complete, or when the call was ended from our side. */
  readonly gone: AbortSignal;
  /** Ends the call from our side, with an error for the client. */
  readonly end: (reason: MeshError) => void;
  /** Unix time in milliseconds. */
  readonly arrivedAt: number;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** Whether its answer is to say how it was routed, in full. */
  readonly explained: boolean;
  /** How long its client took to send the body. Milliseconds. */
  uploadMs: number;
  /** The trace it belongs to, its caller's or ours. */
  trace: TraceContext | null;
  /** Its part of the trace, where that is followed. */
  span: Span | null;
  /** Whose manners its path has, once that is known. */
  surface: Surface;
  /** Whether a key that may be used came with it. */
  known: boolean;
  /** The key that came with it, where there is one but it may not be used. */
  barredKey: { id: string; ownerId: string } | null;
  /** Who acts, once that is known: `admin:…` or `key:…`, for the audit. */
  actor: string | null;
  /** Who administers, once an admin key came with it; its text ends at `expiresAt`. The id is for the audit, and no key. */
  admin: { id: string; scopes: ReadonlySet<AdminScope>; expiresAt: Date | null } | null;
  /** The key that manages its owner's keys and came with it; its text ends at `expiresAt`. Null for the administration. */
  manager: { id: string; ownerId: string; expiresAt: Date | null } | null;
  /** What is known of the request beyond HTTP, as far as its answer tells it. */
  told: Told | null;
}

export interface Told {
  /** Of every answer. */
  headers(): Record<string, string>;
  /** Of an error, beside it. */
  more(): Record<string, unknown>;
  /** Of a refusal, in the metrics: who was asked last. */
  attributes(): Attributes;
  /** The id of the endpoint that was asked last; null where none was. */
  endpoint(): string | null;
}

const LABEL = /^[A-Za-z0-9._:-]{1,64}$/;

export interface CallClock {
  now(): number;
  monotonic(): number;
}

const NO_QUERY = new URLSearchParams();

export function createCall(
  req: IncomingMessage,
  res: ServerResponse,
  requestId: string,
  clock: CallClock,
  surface: Surface,
  proxies = 0,
): Call {
  const target = req.url ?? '/';
  const question = target.indexOf('?');
  const given = req.headers['x-request-id'];
  const gone = new AbortController();
  // A close before we have ended the answer is what HTTP/1 and HTTP/2 both make of a client that left. Whether it was
  // flushed says nothing: an HTTP/2 response that was reset calls itself finished.
  res.once('close', () => {
    if (!res.writableEnded) gone.abort(new ClientGone());
  });
  return {
    req,
    res,
    requestId,
    label: typeof given === 'string' && LABEL.test(given) ? given : null,
    address: clientAddress(req, proxies),
    meshSdk: req.headers['x-meshapi-sdk'] !== undefined,
    path: normalPath(question === -1 ? target : target.slice(0, question)),
    query: question === -1 ? NO_QUERY : new URLSearchParams(target.slice(question + 1)),
    gone: gone.signal,
    end: (reason) => gone.abort(reason),
    arrivedAt: clock.now(),
    startedAt: clock.monotonic(),
    explained: /^(1|true)$/i.test(String(req.headers['x-mesh-explain'] ?? '')),
    uploadMs: 0,
    trace: null,
    span: null,
    surface,
    known: false,
    barredKey: null,
    actor: null,
    admin: null,
    manager: null,
    told: null,
  };
}

/** What a refusal of a call says besides its error. */
export function refusalIds({ requestId, label, meshSdk, told }: Call): RefusalIds {
  return { requestId, label, meshSdk, more: told?.more() ?? {} };
}

/** Headers of every response; those of its request as soon as they are known. */
export function commonHeaders(call: Call): Record<string, string> {
  return {
    'x-request-id': call.label ?? call.requestId,
    'x-mesh-request-id': call.requestId,
    ...(call.surface.idHeader === undefined ? {} : { [call.surface.idHeader]: call.requestId }),
    'x-mesh-version': API_VERSIONS[0],
    ...call.told?.headers(),
  };
}

/** Answers with JSON text that is ready to be sent. */
export function sendJson(call: Call, status: number, json: string, headers: Record<string, string> = {}): void {
  call.res.writeHead(status, {
    ...commonHeaders(call),
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(json)),
    ...headers,
  });
  writeOut(call.res, json);
}
