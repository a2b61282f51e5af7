import { setTimeout as wait } from 'node:timers/promises';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { MeshError, toMeshError } from '../../core/errors.ts';
import { LONGEST_COOLDOWN_MS } from '../../core/health/breaker.ts';
import type { Pass } from '../../core/health/breaker-pass.ts';
import type { Figures } from '../../core/health/figures.ts';
import type { Candidate } from '../../core/routing/quote.ts';
import { withContextLength } from './context-length.ts';
import type { Delivery } from './delivery.ts';
import type { Health } from './health.ts';

/** Endpoints tried for one request, waits for the same one included. */
export const MAX_ATTEMPTS = 5;
/** No attempt begins later than this after the first. Milliseconds, as all below. */
export const ATTEMPTS_DEADLINE_MS = 300_000;
/** When all others have failed, an endpoint that says to come back within this long is waited for. */
export const MAX_RETRY_AFTER_MS = 5_000;
/** How long an endpoint may keep its caller waiting while there is another, at least; and so many times its usual wait. */
export const PATIENCE = {
  /** Where little is known of the endpoint. */
  unknown: { leastMs: 30_000, usualWaits: 8 },
  known: { leastMs: 10_000, usualWaits: 8 },
  /** The probe of an endpoint that was down. */
  probe: { leastMs: 2_000, usualWaits: 4 },
} as const;
/** So long after it is due, the first probe of an endpoint is left to a stream: an answer that comes whole waits longer in vain. */
export const LEFT_TO_STREAMS_MS = 10_000;
/** An endpoint is known after so many measurements, decayed. */
export const KNOWN_SAMPLES = 20;

/** The status of an endpoint that is at its provider's limit. */
const LIMITED = '429';
/** When to come again, where no provider says it. */
export const USUAL_RETRY_AFTER_SECONDS = 5;

/** The outcome of an attempt that was at work when the client left. */
export const ABORTED = 'aborted';

/** What became of one try, for the entry, the event and the log. */
export interface AttemptRecord {
  candidate: Candidate;
  endpoint: Endpoint;
  /** `ok`, `ABORTED`, or the code of the error. */
  outcome: string;
  /** The provider's status, or our name of the failure. */
  providerCode: string | null;
  /** From sending to the first token, or to the failure. Milliseconds. */
  latencyMs: number;
  /** Monotonic milliseconds. */
  startedAt: number;
  pass: Pass;
}

export interface AttemptsOptions {
  candidates: readonly Candidate[];
  /** Whose outcome it is, by the id of the key. */
  key: string;
  /** Asks one endpoint; `patienceMs`: how long it may take to begin its answer. */
  attempt(candidate: Candidate, patienceMs: number): Promise<void>;
  /** Gets a line for every try. */
  records: AttemptRecord[];
  health: Pick<Health, 'enter' | 'failed' | 'figures' | 'now' | 'standing'>;
  clock: { monotonic(): number };
  /** The client has gone, or its own timeout has passed. */
  signal: AbortSignal;
  /** Whether the first token of an answer comes before the last. */
  streams: boolean;
  /** When an endpoint that was left out for its cooldown may be asked again: Unix milliseconds; null where there is none. */
  coolsAt: number | null;
  pause?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

/**
 * Tries the candidates in order until one answers, moving on wherever the failure says that another endpoint may do better;
 * throws the last failure. All tries share one budget of count and time. Each builds its request anew, so nothing of one leaks
 * into the next.
 */
export async function attemptInOrder(options: AttemptsOptions): Promise<void> {
  const { health, records, clock, signal } = options;
  const candidates = options.streams ? options.candidates : firstProbesLast(options.candidates, health);
  const deadline = clock.monotonic() + ATTEMPTS_DEADLINE_MS;
  const hasBudget = () => records.length < MAX_ATTEMPTS && clock.monotonic() < deadline;
  const later: { candidate: Candidate; at: number }[] = [];
  /** The last failure of each endpoint, the latest at the end. */
  const failures = new Map<Endpoint, MeshError>();

  async function tryOne(candidate: Candidate, isLast: boolean, forced: boolean): Promise<boolean> {
    signal.throwIfAborted();
    const pass = await health.enter(candidate.endpoint, options.key, forced);
    if (pass === null) return false;
    const failure = await attemptOnce(options, candidate, pass, isLast);
    if (failure === null) return true;
    failures.delete(candidate.endpoint);
    failures.set(candidate.endpoint, failure);
    const waitMs = failure.retryAfterSeconds === null ? null : failure.retryAfterSeconds * 1_000;
    if (waitMs !== null && waitMs <= MAX_RETRY_AFTER_MS) later.push({ candidate, at: clock.monotonic() + waitMs });
    return false;
  }

  for (const [at, candidate] of candidates.entries()) {
    if (!hasBudget()) break;
    if (await tryOne(candidate, at === candidates.length - 1, false)) return;
  }
  if (records.length === 0) {
    // Their breakers closed the door on all of them since they were chosen.
    const [nearest] = [...candidates].sort((a, b) => untilOf(a) - untilOf(b));
    if (nearest !== undefined && (await tryOne(nearest, true, true))) return;
  }
  for (const { candidate, at } of [...later].sort((a, b) => a.at - b.at)) {
    if (!hasBudget()) break;
    await (options.pause ?? pause)(Math.max(0, at - clock.monotonic()), signal);
    if (await tryOne(candidate, true, true)) return;
  }
  const last = [...failures.values()];
  throw (
    limitOfAll(last, options.coolsAt === null ? null : options.coolsAt - health.now()) ??
    last.at(-1) ??
    new MeshError('provider_not_available')
  );

  function untilOf({ endpoint }: Candidate): number {
    return health.standing(endpoint).until ?? 0;
  }
}

/**
 * What a client backs off for, where every endpoint that was tried is at its provider's limit: the nearest time at which one of
 * them, or of those that were left out since they are (`coolsInMs`), wants to be asked again; never longer than our own cooldowns.
 * Null where anything else went wrong with one of them.
 */
function limitOfAll(failures: readonly MeshError[], coolsInMs: number | null): MeshError | null {
  if (failures.length === 0 || failures.some(({ providerCode }) => providerCode !== LIMITED)) return null;
  const waits = failures.flatMap(({ retryAfterSeconds }) => retryAfterSeconds ?? []);
  if (coolsInMs !== null) waits.push(Math.max(1, Math.ceil(coolsInMs / 1_000)));
  const verbatim = failures.at(-1)?.verbatim;
  return new MeshError('rate_limit_exceeded', {
    message: 'Every endpoint that could serve this is at its provider’s limit.',
    providerCode: LIMITED,
    details: { source: 'provider' },
    ...(verbatim ? { verbatim } : {}),
    retryAfterSeconds: waits.length > 0 ? Math.min(...waits, LONGEST_COOLDOWN_MS / 1_000) : USUAL_RETRY_AFTER_SECONDS,
  });
}

function firstProbesLast(candidates: readonly Candidate[], health: AttemptsOptions['health']): readonly Candidate[] {
  const isLeft = ({ endpoint }: Candidate) => {
    const { admits, state, until } = health.standing(endpoint);
    return admits === 'probe' && state === 'open' && until !== null && health.now() < until + LEFT_TO_STREAMS_MS;
  };
  const left = candidates.filter(isLeft);
  return left.length === 0 ? candidates : [...candidates.filter((each) => !left.includes(each)), ...left];
}

/** Null when it has begun to answer. Throws where no other endpoint would do better. */
async function attemptOnce(
  { attempt, health, records, clock, signal, streams }: AttemptsOptions,
  candidate: Candidate,
  pass: Pass,
  isLast: boolean,
): Promise<MeshError | null> {
  const { endpoint } = candidate;
  const startedAt = clock.monotonic();
  const record: AttemptRecord = {
    candidate,
    endpoint,
    outcome: 'ok',
    providerCode: null,
    latencyMs: 0,
    startedAt,
    pass,
  };
  records.push(record);
  try {
    const figures = health.figures(endpoint);
    // An answer that comes whole is waited for until the last of the tokens it may have is written.
    const writingMs = streams ? 0 : (candidate.outputTokens / figures.tokensPerSecond) * 1_000;
    await attempt(candidate, patienceWith(endpoint, figures, pass.kind, isLast) + writingMs);
    record.latencyMs = clock.monotonic() - startedAt;
    pass.answered();
    return null;
  } catch (thrown) {
    record.latencyMs = clock.monotonic() - startedAt;
    if (signal.aborted && thrown === signal.reason) {
      record.outcome = ABORTED;
      pass.dropped();
      throw thrown;
    }
    const failure = withContextLength(toMeshError(thrown), endpoint);
    record.outcome = failure.code;
    record.providerCode = failure.providerCode;
    health.failed(endpoint, pass, failure);
    if (failure.retry === 'never') throw failure;
    return failure;
  }
}

/** An endpoint is given up sooner where there is another and its ways are known, and soonest where it has just been down. */
function patienceWith(
  { capabilities }: Endpoint,
  { firstTokenMs, samples }: Figures,
  kind: Pass['kind'],
  isLast: boolean,
): number {
  if (isLast) return Number.POSITIVE_INFINITY;
  const mayThink = capabilities.has('reasoning');
  const { unknown, known, probe } = PATIENCE;
  const probing = mayThink || samples === 0 ? known : probe;
  const asking = mayThink || samples < KNOWN_SAMPLES ? unknown : known;
  const { leastMs, usualWaits } = kind === 'probe' ? probing : asking;
  return Math.max(leastMs, firstTokenMs * usualWaits);
}

/** Tells the endpoint's figures and its breaker how the answer that it had begun ended. */
export function concludeAttempt(record: AttemptRecord | undefined, delivery: Delivery, health: Health): void {
  if (record === undefined) return;
  const { endpoint, pass, latencyMs } = record;
  const { outcome, error, streamed, upstreamMs, usage, deliveredTokens } = delivery;
  if (outcome === 'finished') {
    const outputTokens = usage?.output ?? deliveredTokens;
    const firstTokenMs = streamed ? latencyMs : null;
    health.succeeded(endpoint, pass, { firstTokenMs, totalMs: latencyMs + upstreamMs, outputTokens });
  } else if (outcome === 'upstream_broke' && error !== null) {
    health.failed(endpoint, pass, error);
  } else {
    pass.dropped();
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(milliseconds, undefined, { signal, ref: false });
  } catch {
    signal.throwIfAborted();
  }
}
