import type { Document, Fields, Value } from '../store/documents.ts';

/** `breakers/{endpoint}`: one document for each endpoint that ever had something to say. */
export const BREAKERS = 'breakers';

/** How long a breaker is open the first time, before it lets a probe pass. */
export const FIRST_OPEN_MS = 5_000;
/** Each probe that fails doubles that, up to this … */
export const LONGEST_OPEN_MS = 10_000;
/** … or, where a failed probe kept its caller waiting, to so many times that wait, and at most to this. */
export const WAIT_SHARE = 10;
export const LONGEST_SLOW_OPEN_MS = 300_000;
/** How much longer or shorter an opening may be, by chance, so that breakers that opened together don't probe together. */
export const OPEN_JITTER = 0.2;
/** A breaker that was closed for so long starts again with `FIRST_OPEN_MS`. */
export const STEADY_MS = 300_000;
/** Probes that have to succeed, one after the other, before everybody may come back. */
export const PROBES_TO_CLOSE = 3;
/** The same where they have to come to their end: an answer says more than its first token, and takes longer. */
export const WHOLE_PROBES_TO_CLOSE = 2;
/** How long a probe is reserved for its instance; renewed while it runs, free again soon after its instance has died. */
export const PROBE_LEASE_MS = 6_000;
/** A cooldown whose provider names no time. */
export const DEFAULT_COOLDOWN_MS = 5_000;
/** A provider that has no time but says to come back at once is left alone for so long all the same. */
export const LEAST_COOLDOWN_MS = 1_000;
/** A provider's `Retry-After` is believed up to this. */
export const LONGEST_COOLDOWN_MS = 3_600_000;
/** Failures that instances with little traffic tell each other of. */
export const MAX_SHARED_FAILURES = 16;

/** The reason of a breaker that an operator has closed. */
export const RESET = 'reset';
/** The reason of a breaker that opened because answers broke off. Its probes have to come to their end. */
export const STREAMS_BROKE = 'streams_broke';

export type BreakerState = 'closed' | 'open' | 'half_open';

/** A failure that one instance told the others of. */
export interface SharedFailure {
  key: string;
  /** Whether the instance had seen no other key's outcome, and knew of no other instance that is answered. */
  alone: boolean;
  /** Whether it came after the first token. */
  broken: boolean;
  at: number;
}

/**
 * What all instances know of one endpoint. Times are Unix milliseconds of the store's clock. A new generation begins whenever
 * the breaker opens or closes, and what belongs to an older one is void.
 */
export interface Breaker {
  state: BreakerState;
  generation: number;
  /** Why it is as it is. */
  reason: string | null;
  changedAt: number;
  /** Openings since it last was steady. */
  opens: number;
  /** While it is open: when the next probe may pass. */
  probeAt: number;
  /** While it is half open: probes that succeeded. */
  successes: number;
  probe: { id: string; expiresAt: number } | null;
  /** Until then the provider wants no requests; another matter than being broken, with another reason. */
  cooldownUntil: number;
  cooldownReason: string | null;
  /** While it is closed: failures in a row over all instances that have little traffic of their own. */
  failures: readonly SharedFailure[];
}

export const CLOSED: Breaker = {
  state: 'closed',
  generation: 0,
  reason: null,
  changedAt: 0,
  opens: 0,
  probeAt: 0,
  successes: 0,
  probe: null,
  cooldownUntil: 0,
  cooldownReason: null,
  failures: [],
};

/** A pure step from one state to the next; null where it does not apply, so that nothing has to be written. */
export type Transition = (breaker: Breaker) => Breaker | null;

/** `chance`: a number from 0 to below 1. */
export function opening(generation: number, reason: string, now: number, chance: number): Transition {
  return (breaker) => {
    if (breaker.state !== 'closed' || breaker.generation !== generation) return null;
    const steady = now - breaker.changedAt >= STEADY_MS;
    return open(breaker, reason, steady ? 1 : breaker.opens + 1, LONGEST_OPEN_MS, now, chance);
  };
}

/** Takes the probe; of all instances that try, one gets it. */
export function probing(id: string, now: number): Transition {
  return (breaker) => {
    if (!isProbeDue(breaker, now)) return null;
    const changed = breaker.state === 'open' ? { state: 'half_open' as const, successes: 0, changedAt: now } : {};
    return { ...breaker, ...changed, probe: { id, expiresAt: now + PROBE_LEASE_MS } };
  };
}

/** Whether a probe may be taken: it is time, and no other is on its way. */
export function isProbeDue({ state, probeAt, probe, cooldownUntil }: Breaker, now: number): boolean {
  if (state === 'closed' || cooldownUntil > now) return false;
  if (state === 'open') return probeAt <= now;
  return probe === null || probe.expiresAt <= now;
}

export function probeRenewed(id: string, now: number): Transition {
  return (breaker) => {
    if (breaker.probe?.id !== id) return null;
    return { ...breaker, probe: { id, expiresAt: now + PROBE_LEASE_MS } };
  };
}

export function probeSucceeded(id: string, now: number): Transition {
  return (breaker) => {
    if (breaker.probe?.id !== id) return null;
    const successes = breaker.successes + 1;
    const enough = breaker.reason === STREAMS_BROKE ? WHOLE_PROBES_TO_CLOSE : PROBES_TO_CLOSE;
    if (successes < enough) return { ...breaker, successes, probe: null };
    return close(breaker, 'recovered', now);
  };
}

/** `afterMs`: how long the probe's caller waited in vain. */
export function probeFailed(id: string, afterMs: number, now: number, chance: number): Transition {
  return (breaker) => {
    if (breaker.probe?.id !== id) return null;
    const longest = Math.min(Math.max(LONGEST_OPEN_MS, afterMs * WAIT_SHARE), LONGEST_SLOW_OPEN_MS);
    const reason = breaker.reason === STREAMS_BROKE ? STREAMS_BROKE : 'probe_failed';
    return open(breaker, reason, breaker.opens + 1, longest, now, chance);
  };
}

/** The probe said nothing, because its caller left or its provider had no time for it; the next one may go. */
export function probeDropped(id: string): Transition {
  return (breaker) => (breaker.probe?.id === id ? { ...breaker, probe: null } : null);
}

/** A longer cooldown is never replaced by a shorter one. */
export function cooling(until: number, reason: string): Transition {
  return (breaker) =>
    until > breaker.cooldownUntil ? { ...breaker, cooldownUntil: until, cooldownReason: reason } : null;
}

/** What an operator does: as if nothing had happened. */
export function resetting(now: number): Transition {
  return (breaker) => ({
    ...close(breaker, RESET, now),
    opens: 0,
    cooldownUntil: 0,
    cooldownReason: null,
  });
}

/** Adds failures of one instance to those in a row; the oldest ones go. */
export function failing(generation: number, failures: readonly SharedFailure[], since: number): Transition {
  return (breaker) => {
    if (breaker.state !== 'closed' || breaker.generation !== generation) return null;
    const recent = [...breaker.failures, ...failures].filter(({ at }) => at >= since);
    return { ...breaker, failures: recent.slice(-MAX_SHARED_FAILURES) };
  };
}

/** A first token ends failures in a row that had none; an answer that came to its end, those that broke off (`broken`). */
export function succeeding(generation: number, broken: boolean): Transition {
  return (breaker) => {
    const failures = breaker.failures.filter((failure) => failure.broken !== broken);
    return breaker.generation === generation && failures.length < breaker.failures.length
      ? { ...breaker, failures }
      : null;
  };
}

function open(
  breaker: Breaker,
  reason: string,
  opens: number,
  longestMs: number,
  now: number,
  chance: number,
): Breaker {
  const jitter = 1 + OPEN_JITTER * (2 * chance - 1);
  const openMs = Math.min(FIRST_OPEN_MS * 2 ** (opens - 1), longestMs) * jitter;
  return {
    ...breaker,
    state: 'open',
    generation: breaker.generation + 1,
    reason,
    changedAt: now,
    opens,
    probeAt: Math.round(now + openMs),
    successes: 0,
    probe: null,
    failures: [],
  };
}

function close(breaker: Breaker, reason: string, now: number): Breaker {
  return {
    ...breaker,
    state: 'closed',
    generation: breaker.generation + 1,
    reason,
    changedAt: now,
    successes: 0,
    probe: null,
    failures: [],
  };
}

/** Null for a document that was damaged: it says no more than one that is not there. */
export function toBreaker({ data }: Document): Breaker | null {
  const isState = data.state === 'closed' || data.state === 'open' || data.state === 'half_open';
  const isWhole = [data.generation, data.opens, data.successes].every((count) => typeof count === 'bigint');
  if (!isState || !isWhole) return null;
  const at = (value: unknown) => (value instanceof Date ? value.getTime() : 0);
  const failures = Array.isArray(data.failures) ? data.failures.filter(isFields) : [];
  return {
    state: data.state as BreakerState,
    generation: Number(data.generation),
    reason: (data.reason ?? null) as string | null,
    changedAt: at(data.changed_at),
    opens: Number(data.opens),
    probeAt: at(data.probe_at),
    successes: Number(data.successes),
    probe: typeof data.probe_id === 'string' ? { id: data.probe_id, expiresAt: at(data.probe_expires_at) } : null,
    cooldownUntil: at(data.cooldown_until),
    cooldownReason: (data.cooldown_reason ?? null) as string | null,
    failures: failures.map((failure) => ({
      key: String(failure.key),
      alone: failure.alone === true,
      broken: failure.broken === true,
      at: at(failure.at),
    })),
  };
}

function isFields(value: Value): value is { readonly [field: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

export function fromBreaker(endpoint: string, breaker: Breaker): Fields {
  const { state, reason, probe } = breaker;
  return {
    endpoint,
    state,
    generation: BigInt(breaker.generation),
    reason,
    changed_at: new Date(breaker.changedAt),
    opens: BigInt(breaker.opens),
    probe_at: new Date(breaker.probeAt),
    successes: BigInt(breaker.successes),
    probe_id: probe?.id ?? null,
    probe_expires_at: probe === null ? null : new Date(probe.expiresAt),
    cooldown_until: new Date(breaker.cooldownUntil),
    cooldown_reason: breaker.cooldownReason,
    failures: breaker.failures.map(({ key, alone, broken, at }) => ({ key, alone, broken, at: new Date(at) })),
  };
}
