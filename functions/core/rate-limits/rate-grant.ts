import { MeshError } from '../errors.ts';
import type { RateFigure, RateFigures, RateScope } from './rate-scope.ts';
import {
  addToWindow,
  PERMIT_LIFE_MS,
  type RateWindow,
  secondsUntilEmpty,
  secondsUntilGone,
  secondsUntilMidnight,
  sumOf,
} from './rate-window.ts';

/** Permits are granted ahead only while more than this part of each limit stays free; nearer, each request asks for itself. */
const FREE_PART = 0.2;
/** At most this part of a limit is granted ahead at once, so that what one instance keeps can't starve the others. */
const AHEAD_PART = 0.05;
/** What was granted ahead is used or given back after so long: its life, the second it began in, the wait for a write. */
const AHEAD_RETURNS_SECONDS = PERMIT_LIFE_MS / 1_000 + 2;
/** Tokens are given back whenever an answer ends, so a refusal for tokens is not taken at its word for longer. */
const TOKENS_RETURN_MS = 1_000;

export type RateReason = 'rpm' | 'rpd' | 'tpm';

/** What is asked for in one transaction. */
export interface RateWish {
  /** The tokens of each request that waits. */
  waiting: readonly number[];
  /** Permits wanted beyond those, and the tokens for each. */
  ahead: number;
  aheadTokens: number;
}

export interface RateGrant {
  /** One for each scope, with all that was granted. */
  windows: readonly RateWindow[];
  /** For each request that waits: null where it may go. */
  refusals: readonly (RateRefusal | null)[];
  /** Permits granted ahead. */
  ahead: number;
}

export interface RateRefusal {
  reason: RateReason;
  scope: string;
  limit: number;
  remaining: number;
  /** What one request asked for; more than the limit can never be had. */
  requested: number;
  /** Store's clock, Unix milliseconds: from when on there is room for certain. */
  freeAt: number;
  /** Until then it need not be asked again; something may have been given back by then. */
  holdsUntil: number;
}

/**
 * Who of the waiting may go, in order, and what is granted ahead: each takes from every scope or from none. The windows are
 * all at the same second; `now` is the store's clock in milliseconds.
 */
export function grant(
  scopes: readonly RateScope[],
  windows: readonly RateWindow[],
  { waiting, ahead: wanted, aheadTokens }: RateWish,
  now: number,
): RateGrant {
  const tallies = windows.map(toTally);
  const granted = { requests: 0, tokens: 0 };
  const take = (requests: number, tokens: number) => {
    granted.requests += requests;
    granted.tokens += tokens;
    for (const tally of tallies) {
      tally.requests += requests;
      tally.day += requests;
      tally.tokens += tokens;
    }
  };
  const refusals = waiting.map((tokens) => {
    const refusal = refuse(scopes, windows, tallies, tokens, now);
    if (refusal === null) take(1, tokens);
    return refusal;
  });
  const isFull = refusals.some((refusal) => refusal !== null);
  const ahead = isFull ? 0 : Math.min(wanted, ...scopes.map((scope, at) => spare(scope, tallies[at], aheadTokens)));
  if (ahead > 0) take(ahead, ahead * aheadTokens);
  const after = windows.map((window) => {
    const next = addToWindow(window, window.second, granted.requests, granted.tokens);
    return ahead > 0 ? { ...next, aheadSecond: next.second } : next;
  });
  return { windows: after, refusals, ahead };
}

/** What asks for more than a limit alone can never go ahead, whatever else there is. */
export function findImpossible(scopes: readonly RateScope[], tokens: number): RateRefusal | null {
  for (const { id, limits } of scopes) {
    for (const reason of ['rpm', 'rpd', 'tpm'] as const) {
      const [limit, requested] = [limits[reason], reason === 'tpm' ? tokens : 1];
      if (limit === null || requested <= limit) continue;
      const never = Number.POSITIVE_INFINITY;
      return { reason, scope: tierOf(id), limit, remaining: 0, requested, freeAt: never, holdsUntil: never };
    }
  }
  return null;
}

/** How the scope stands that has the least left. */
export function figuresOf(scopes: readonly RateScope[], windows: readonly RateWindow[]): RateFigures {
  const all = windows.map((window, at) => scopeFigures(scopes[at], window));
  const least = (of: keyof RateFigures) =>
    all.reduce<RateFigure | null>((found, { [of]: next }) => {
      if (next === null || found === null) return found ?? next;
      return next.remaining < found.remaining ? next : found;
    }, null);
  return { requests: least('requests'), tokens: least('tokens'), day: least('day') };
}

/** A refusal as the caller reads it, `now` by the store's clock. */
export function toRateError(
  { reason, scope, limit, remaining, requested, freeAt }: RateRefusal,
  now: number,
): MeshError {
  const of = `The ${scope} is limited to ${limit} ${units[reason]} (${reason})`;
  if (requested > limit) {
    return new MeshError('rate_limit_exceeded', {
      message: `${of}; this request alone counts ${requested}.`,
      details: { reason, scope, limit, requested },
    });
  }
  const reset = Math.max(1, Math.ceil((freeAt - now) / 1_000));
  // A request is one; how many tokens it is likely to take its caller cannot know.
  const likely = reason === 'tpm' ? `; ${remaining} are left, and this request is likely to take ${requested}` : '';
  return new MeshError('rate_limit_exceeded', {
    message: `${of}${likely}. Try again in ${reset} s.`,
    details: { reason, scope, limit, remaining, ...(reason === 'tpm' ? { requested } : {}), reset },
    retryAfterSeconds: reset,
  });
}

const units: Record<RateReason, string> = {
  rpm: 'requests a minute',
  rpd: 'requests a day',
  tpm: 'tokens a minute',
};

/** What counts against a scope, with what this transaction has granted so far. */
interface Tally {
  requests: number;
  tokens: number;
  day: number;
}

function toTally({ requests, tokens, dayRequests }: RateWindow): Tally {
  return { requests: sumOf(requests), tokens: sumOf(tokens), day: dayRequests };
}

/** Of all that stands in the way of one request, what lasts longest; null where nothing does. */
function refuse(
  scopes: readonly RateScope[],
  windows: readonly RateWindow[],
  tallies: readonly Tally[],
  tokens: number,
  now: number,
): RateRefusal | null {
  let longest: RateRefusal | null = null;
  for (const [at, scope] of scopes.entries()) {
    const [window, tally] = [windows[at], tallies[at]];
    if (window === undefined || tally === undefined) continue;
    for (const refusal of refusalsOf(scope, window, tally, tokens, now)) {
      if (longest === null || refusal.freeAt > longest.freeAt) longest = refusal;
    }
  }
  return longest;
}

function refusalsOf(
  { id, limits }: RateScope,
  window: RateWindow,
  tally: Tally,
  tokens: number,
  now: number,
): RateRefusal[] {
  const aheadGone = (window.aheadSecond + AHEAD_RETURNS_SECONDS) * 1_000;
  const check = (
    reason: RateReason,
    limit: number | null,
    used: number,
    requested: number,
    secondsUntil: (excess: number) => number,
  ): RateRefusal[] => {
    if (limit === null || used + requested <= limit) return [];
    const freeAt = (window.second + secondsUntil(used + requested - limit)) * 1_000;
    const mayReturn = reason === 'tpm' ? now + TOKENS_RETURN_MS : aheadGone > now ? aheadGone : freeAt;
    return [
      {
        reason,
        scope: tierOf(id),
        limit,
        remaining: Math.max(0, limit - used),
        requested,
        freeAt,
        holdsUntil: Math.min(freeAt, mayReturn),
      },
    ];
  };
  return [
    ...check('rpm', limits.rpm, tally.requests, 1, (excess) => secondsUntilGone(window.requests, excess)),
    ...check('rpd', limits.rpd, tally.day, 1, () => secondsUntilMidnight(window.second)),
    ...check('tpm', limits.tpm, tally.tokens, tokens, (excess) => secondsUntilGone(window.tokens, excess)),
  ];
}

/** `key` or `owner`. */
function tierOf(scopeId: string): string {
  return scopeId.slice(0, scopeId.indexOf('|'));
}

/** Permits that may be granted ahead: only of what is well away from a limit. */
function spare({ limits }: RateScope, tally: Tally | undefined, tokensEach: number): number {
  if (tally === undefined) return 0;
  const room = (limit: number | null, used: number, each: number) =>
    limit === null || each === 0
      ? Number.POSITIVE_INFINITY
      : Math.floor(Math.min(limit * AHEAD_PART, limit * (1 - FREE_PART) - used) / each);
  const least = Math.min(
    room(limits.rpm, tally.requests, 1),
    room(limits.rpd, tally.day, 1),
    room(limits.tpm, tally.tokens, tokensEach),
  );
  return Math.max(0, least);
}

function scopeFigures(scope: RateScope | undefined, window: RateWindow): RateFigures {
  const { rpm, rpd, tpm } = scope?.limits ?? { rpm: null, rpd: null, tpm: null };
  const figure = (limit: number | null, used: number, resetSeconds: number) =>
    limit === null ? null : { limit, remaining: Math.max(0, limit - used), resetSeconds };
  return {
    requests: figure(rpm, sumOf(window.requests), secondsUntilEmpty(window.requests)),
    tokens: figure(tpm, sumOf(window.tokens), secondsUntilEmpty(window.tokens)),
    day: figure(rpd, window.dayRequests, secondsUntilMidnight(window.second)),
  };
}
