import { type Breaker, type BreakerState, CLOSED, isProbeDue, type SharedFailure } from './breaker.ts';
import { OutcomeWindow } from './outcome-window.ts';

/** What a breaker lets pass: everything, one probe, or nothing. */
export interface Standing {
  state: BreakerState | 'cooldown';
  admits: 'all' | 'probe' | 'none';
  reason: string | null;
  /** When a probe may pass, or the cooldown ends: Unix milliseconds, store's clock. Null where everything passes. */
  until: number | null;
}

/** A change of a breaker that this instance made. */
export interface BreakerChange {
  endpoint: string;
  from: BreakerState;
  to: BreakerState;
  reason: string | null;
  generation: number;
  /** False where only this instance goes by it. */
  shared: boolean;
}

/** What this instance knows of one endpoint’s breaker. */
export interface Entry {
  id: string;
  provider: string;
  /** What all instances agreed on, as last heard. */
  shared: Breaker;
  /** What only this instance goes by, until it is shared; null where it goes by the shared state. */
  local: Breaker | null;
  /** Whether `local` was opened by requests of one key, with no other key to compare. */
  localByOneKey: boolean;
  window: OutcomeWindow;
  /** Failures to tell others of. */
  untold: SharedFailure[];
  telling: boolean;
  sharing: boolean;
  sharedTriedAt: number;
  /** The probe that this instance runs, or is trying to get. */
  probe: string | null;
}

/** Of an endpoint that nothing is known of yet. */
export function newEntry(id: string, provider: string): Entry {
  return {
    id,
    provider,
    shared: CLOSED,
    local: null,
    localByOneKey: false,
    window: new OutcomeWindow(),
    untold: [],
    telling: false,
    sharing: false,
    sharedTriedAt: Number.NEGATIVE_INFINITY,
    probe: null,
  };
}

/** What an endpoint's breaker lets pass now. `time`: Unix milliseconds, store's clock. */
export function standingOf(entry: Entry, time: number): Standing {
  const { cooldownUntil, cooldownReason } = entry.shared;
  const breaker = entry.local ?? entry.shared;
  if (cooldownUntil > time) {
    return { state: 'cooldown', admits: 'none', reason: cooldownReason, until: cooldownUntil };
  }
  const { state, reason } = breaker;
  if (state === 'closed') return { state, admits: 'all', reason: null, until: null };
  const due = entry.probe === null && isProbeDue(breaker, time);
  const until = state === 'open' ? breaker.probeAt : (breaker.probe?.expiresAt ?? time);
  return { state, admits: due ? 'probe' : 'none', reason, until };
}
