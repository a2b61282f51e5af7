import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MeshError } from '../../core/errors.ts';
import type { RateFigures } from '../../core/rate-limits/rate-scope.ts';
import type { Span } from '../../platform/telemetry/telemetry.ts';
import type { TraceContext } from '../../platform/telemetry/trace-context.ts';
import type { Decision } from '../way/decision.ts';
import { rateHeaders } from '../way/rate-headers.ts';
import type { AttemptRecord } from '../way/try-in-order.ts';

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
  /** Whether one of Mesh's own SDKs is calling; they expect some shapes of their own. */
  readonly meshSdk: boolean;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Aborted when the client has gone before its answer was complete, or when the call was ended from our side. */
  readonly gone: AbortSignal;
  /** Ends the call from our side, with an error for the client. */
  readonly end: (reason: MeshError) => void;
  /** Which part of the HTTP request this is, where it asks for several answers; empty where it asks for one. */
  readonly part: string;
  /** Unix time in milliseconds. */
  readonly arrivedAt: number;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** Whether its answer is to say how it was routed, in full. */
  readonly explained: boolean;
  /** How its endpoints were chosen, once they are; what it says is made when it is asked for. */
  decision: (() => Decision) | null;
  /** How much of its rates is left to the key, once that is known. */
  rates: RateFigures | null;
  /** How long its client took to send the body. Milliseconds. */
  uploadMs: number;
  /** The endpoints that were asked, a line for every try. */
  attempts: readonly AttemptRecord[];
  /** The trace it belongs to, its caller's or ours. */
  trace: TraceContext | null;
  /** Its part of the trace, where that is followed. */
  span: Span | null;
}

/** The reason that `gone` is aborted with. */
export class ClientGone extends Error {
  constructor() {
    super('The client went away.');
    this.name = 'ClientGone';
  }
}

const LABEL = /^[A-Za-z0-9._:-]{1,64}$/;

export interface CallClock {
  now(): number;
  monotonic(): number;
}

const NO_QUERY = new URLSearchParams();

export function createCall(req: IncomingMessage, res: ServerResponse, requestId: string, clock: CallClock): Call {
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
    meshSdk: req.headers['x-meshapi-sdk'] !== undefined,
    path: question === -1 ? target : target.slice(0, question),
    query: question === -1 ? NO_QUERY : new URLSearchParams(target.slice(question + 1)),
    gone: gone.signal,
    end: (reason) => gone.abort(reason),
    part: '',
    arrivedAt: clock.now(),
    startedAt: clock.monotonic(),
    explained: /^(1|true)$/i.test(String(req.headers['x-mesh-explain'] ?? '')),
    decision: null,
    rates: null,
    uploadMs: 0,
    attempts: [],
    trace: null,
    span: null,
  };
}

/** Whether it is the client that has gone, so that there is nobody to tell anything. */
export function hasLeft({ gone }: Pick<Call, 'gone'>): boolean {
  return gone.reason instanceof ClientGone;
}

/** One of several answers that a call asks for: a request of its own, which its client reads as a part of the reply. */
export function partOf(call: Call, part: string, requestId: string): Call {
  const span = call.span?.child('chat') ?? null;
  const trace = span?.context ?? call.trace;
  return { ...call, part, requestId, decision: null, rates: null, attempts: [], trace, span };
}

/** Headers of every response; those of rates as soon as the key is known. */
export function commonHeaders(call: Call): Record<string, string> {
  return {
    'x-request-id': call.label ?? call.requestId,
    'x-mesh-request-id': call.requestId,
    'x-mesh-version': API_VERSIONS[0],
    ...rateHeaders(call.rates),
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
  call.res.end(json);
}

/** How a call was routed, where it wants to know and it is known. */
export function explain({ explained, decision }: Pick<Call, 'explained' | 'decision'>): { decision?: Decision } {
  return explained && decision !== null ? { decision: decision() } : {};
}
