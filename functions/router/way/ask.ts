import type { RateFigures } from '../../core/rate-limits/rate-scope.ts';
import type { SessionKey } from '../../core/sessions/sessions.ts';
import type { Span } from '../../platform/telemetry/telemetry.ts';
import type { TraceContext } from '../../platform/telemetry/trace-context.ts';
import type { Key } from '../access/key-cache.ts';
import type { Decided, Decision } from './decision.ts';
import type { AttemptRecord } from './try-in-order.ts';

/** A paid request as the way sees it: who asks, and what became of it so far. Nothing of HTTP. */
export interface Ask {
  /** Ours, `req_…`: it names the hold, the entry, the events and the answer. */
  readonly id: string;
  readonly key: Key;
  /** The caller's own name for it, a label and nothing more. */
  readonly label: string | null;
  /** What is asked for, as traces and metrics name it: `chat`. */
  readonly operation: string;
  /** Which part of a call it is (`.0`, `.1`), where that asks for several answers; empty where it asks for one. */
  readonly part: string;
  /** Whether one of Mesh's own SDKs asks; they expect some shapes of their own. */
  readonly meshSdk: boolean;
  /** With `part` it names the claim: one charge, however often the request is sent. */
  readonly idempotencyKey: string | null;
  /** The caller's headers that a relay may pass on: those that its surface names. */
  readonly passOn: Readonly<Record<string, string>>;
  /** Aborted when the client has gone before its answer was complete, or when the request was ended from our side. */
  readonly gone: AbortSignal;
  /** Whether its answer is to say how it was routed, in full. */
  readonly explained: boolean;
  /** Unix time in milliseconds. */
  readonly arrivedAt: number;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** How long its client took to send the body. Milliseconds. */
  uploadMs: number;
  /** The program that it came from; null where it does not say. */
  readonly client: string | null;
  /** Whom of its owner's users it is for, as a keyed hash; null where it does not say. What it says itself is kept nowhere. */
  endUser: string | null;
  /** The conversation that it is a turn of, as its client names it; null where it does not say. */
  session: string | null;
  /** What its endpoint is remembered by; null where it is to be forgotten. */
  affinity: SessionKey | null;
  /** Its caller's own facts of it, where they are to be kept. */
  metadata: Readonly<Record<string, string>> | null;
  /** From its arrival until its money was asked for, and from then until that was held. Milliseconds; null until then. */
  queueMs: number | null;
  holdMs: number | null;
  /** The trace it belongs to, its caller's or ours. */
  readonly trace: TraceContext | null;
  /** Its part of the trace, where that is followed. */
  readonly span: Span | null;
  /** How its endpoints were chosen, once they are; what it says is made when it is asked for. */
  decision: Decided | null;
  /** How much of its rates is left to the key, once that is known. */
  rates: RateFigures | null;
  /** The endpoints that were asked, a line for every try. */
  attempts: readonly AttemptRecord[];
}

/** How a request was routed, where its caller wants to know and it is known. */
export function explain({ explained, decision }: Pick<Ask, 'explained' | 'decision'>): { decision?: Decision } {
  return explained && decision !== null ? { decision: decision.explain() } : {};
}

/** The same beside an error. */
export function explainError(ask: Pick<Ask, 'explained' | 'decision'>): { mesh?: { decision?: Decision } } {
  return ask.explained && ask.decision !== null ? { mesh: explain(ask) } : {};
}

/** One of several answers that a call asks for: a request of its own, held, routed and charged as if it had come alone. */
export function partOf(ask: Ask, part: string, id: string): Ask {
  const span = ask.span?.child(ask.operation) ?? null;
  return {
    ...ask,
    part,
    id,
    decision: null,
    rates: null,
    attempts: [],
    queueMs: null,
    holdMs: null,
    trace: span?.context ?? ask.trace,
    span,
  };
}
