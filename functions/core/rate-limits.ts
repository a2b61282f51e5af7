import { documentId } from './document-id.ts';
import { type Documents, StoreUnavailable } from './documents.ts';
import { MeshError } from './errors.ts';
import {
  addToWindow,
  PERMIT_LIFE_MS,
  type RateWindow,
  SPAN_SECONDS,
  secondsUntilEmpty,
  secondsUntilRoom,
  sumOf,
  toWindowFields,
  WINDOWS,
  windowAt,
} from './rate-window.ts';
import { transact } from './transact.ts';

/** Requests a minute, requests a day (UTC), tokens a minute; null for no limit. */
export interface RateLimits {
  rpm: number | null;
  rpd: number | null;
  tpm: number | null;
}

export interface RateScope {
  /** `key|key_01J…` or `owner|own_…`. */
  id: string;
  limits: RateLimits;
}

export interface RateFigure {
  limit: number;
  remaining: number;
  /** Until nothing counts against it any more. */
  resetSeconds: number;
}

/** Of the scope that binds; null where there is no limit. */
export interface RateFigures {
  requests: RateFigure | null;
  tokens: RateFigure | null;
  day: RateFigure | null;
}

/** A request that was counted. */
export interface Admission {
  readonly figures: RateFigures;
  /** What it really used: the rest goes back to where it was taken, with the next transaction. Once. */
  settle(tokens: number): void;
}

export interface RateLimiter {
  /**
   * Counts one request and `tokens` tokens against every scope, or against none: then it throws `rate_limit_exceeded`, which
   * says when to come again.
   */
  admit(scopes: readonly RateScope[], tokens: number): Promise<Admission>;
  /** How each scope stands, from the store. */
  figures(scopes: readonly RateScope[]): Promise<RateFigures[]>;
  /** Gives back what was not used, and forgets who is gone. Call it about once a second. */
  tick(): void;
}

export interface RatePorts {
  documents: Documents;
  /** Unix milliseconds, store's clock. */
  now: () => number;
  /** Monotonic milliseconds. */
  monotonic: () => number;
  /** Unique for each start of a process. */
  instanceId: string;
}

/** Permits are fetched ahead only while more than this part of a limit is left; below, each request asks. */
const NEAR_LIMIT_PART = 0.2;
/** Ahead: as many as were used in this time. */
const AHEAD_MS = 2_000;
/** Permits that may come too late for one request, before it is given up. */
const MAX_LATE = 3;
/** A key that is not used for so long is forgotten. */
const FORGET_MS = 120_000;
/** Requests of one key that may wait for a permit at once. */
export const MAX_WAITING = 10_000;
/** Corrections wait for the next transaction, but no longer than this. */
const CORRECT_MS = 1_000;

/** Permits granted together. */
interface Lot {
  /** When they were asked for, monotonic: from then on their life is counted. */
  since: number;
  /** The second that they count in, by scope. */
  seconds: ReadonlyMap<string, number>;
  requests: number;
  tokens: number;
}

interface Waiter {
  tokens: number;
  /** How often its permit came too late to be used. */
  late: number;
  resolve: (admission: Admission) => void;
  reject: (error: Error) => void;
}

interface Correction {
  scopeId: string;
  second: number;
  requests: number;
  tokens: number;
}

/** What this process knows of a key and its owner. */
interface Book {
  scopes: readonly RateScope[];
  lots: Lot[];
  waiters: Waiter[];
  corrections: Correction[];
  correctSince: number;
  asking: boolean;
  figures: RateFigures;
  /** Until then nothing is to be had, monotonic; `limits` as they were then. */
  full: { until: number; limits: string; error: (leftMs: number) => MeshError } | null;
  /** Uses in this and the last span of `AHEAD_MS`. */
  used: { since: number; now: number; before: number; tokens: number };
  lastUsed: number;
}

const noFigures: RateFigures = { requests: null, tokens: null, day: null };
const unlimited: Admission = { figures: noFigures, settle() {} };

/**
 * Rates over all instances. Permits are counted in the store when they are granted, some ahead for a busy key, and each by
 * itself near the limit. Requests that wait share a transaction, one under way for each key.
 */
export function createRateLimiter({ documents, now, monotonic, instanceId }: RatePorts): RateLimiter {
  let asked = 0;
  const books = new Map<string, Book>();

  function bookOf(scopes: readonly RateScope[]): Book {
    const name = scopes.map(({ id }) => id).join();
    const known = books.get(name);
    if (known !== undefined) {
      known.scopes = scopes;
      return known;
    }
    const at = monotonic();
    const book: Book = {
      scopes,
      lots: [],
      waiters: [],
      corrections: [],
      correctSince: 0,
      asking: false,
      figures: noFigures,
      full: null,
      used: { since: at, now: 0, before: 0, tokens: 0 },
      lastUsed: at,
    };
    books.set(name, book);
    return book;
  }

  function note(book: Book, tokens: number): void {
    const at = monotonic();
    book.lastUsed = at;
    const { used } = book;
    if (at - used.since >= AHEAD_MS) {
      book.used = { since: at, now: 0, before: at - used.since >= 2 * AHEAD_MS ? 0 : used.now, tokens: used.tokens };
    }
    book.used.now++;
    book.used.tokens = Math.max(tokens, Math.floor(book.used.tokens * 0.9));
  }

  /** A permit that is there already; null where there is none that fits. */
  function take(book: Book, tokens: number): Admission | null {
    expire(book);
    const hasTokenLimit = book.scopes.some(({ limits }) => limits.tpm !== null);
    const lot = book.lots.find((each) => each.requests > 0 && (!hasTokenLimit || each.tokens >= tokens));
    if (lot === undefined) return null;
    lot.requests--;
    if (hasTokenLimit) lot.tokens -= tokens;
    return makeAdmission(book, lot.seconds, tokens, hasTokenLimit);
  }

  /** Permits that were not used in time are dead, and are given back. */
  function expire(book: Book): void {
    const at = monotonic();
    while (book.lots[0] !== undefined && at - book.lots[0].since >= PERMIT_LIFE_MS) {
      const lot = book.lots.shift();
      if (lot !== undefined) correct(book, lot.seconds, -lot.requests, -lot.tokens);
    }
  }

  function correct(book: Book, seconds: ReadonlyMap<string, number>, requests: number, tokens: number): void {
    if (requests === 0 && tokens === 0) return;
    if (book.corrections.length === 0) book.correctSince = monotonic();
    for (const [scopeId, second] of seconds) book.corrections.push({ scopeId, second, requests, tokens });
  }

  function makeAdmission(
    book: Book,
    seconds: ReadonlyMap<string, number>,
    tokens: number,
    counted: boolean,
  ): Admission {
    let settled = !counted;
    return {
      figures: figuresNow(book),
      settle(actual) {
        if (settled) return;
        settled = true;
        correct(book, seconds, 0, actual - tokens);
      },
    };
  }

  /** As the last transaction found it, and with what is in stock. */
  function figuresNow({ figures, lots }: Book): RateFigures {
    const requests = lots.reduce((sum, lot) => sum + lot.requests, 0);
    const tokens = lots.reduce((sum, lot) => sum + lot.tokens, 0);
    const plus = (figure: RateFigure | null, more: number) =>
      figure === null ? null : { ...figure, remaining: figure.remaining + more };
    return {
      requests: plus(figures.requests, requests),
      tokens: plus(figures.tokens, tokens),
      day: plus(figures.day, requests),
    };
  }

  async function ask(book: Book): Promise<void> {
    if (book.asking) return;
    book.asking = true;
    try {
      do await askOnce(book);
      while (book.waiters.length > 0);
    } catch (error) {
      for (const { reject } of book.waiters.splice(0)) reject(error as Error);
    } finally {
      book.asking = false;
    }
  }

  async function askOnce(book: Book): Promise<void> {
    expire(book);
    const waiters = book.waiters.splice(0);
    const corrections = book.corrections.splice(0);
    const since = monotonic();
    const scopes = book.scopes;
    const wanted = Math.max(book.used.now, book.used.before);
    const tokensEach = book.used.tokens;
    // A transaction that runs again after it was applied finds its own name, and gives nothing back a second time.
    const op = `${instanceId}.${++asked}`;
    try {
      const outcome = await transact(documents, async (tx) => {
        const ids = scopes.map(({ id }) => documentId(id));
        const found = await Promise.all(ids.map((id) => tx.get(WINDOWS, id)));
        const at = now();
        const windows = scopes.map(({ id }, index) => {
          let window = windowAt(found[index] ?? null, at);
          const applied = found[index]?.data.op === op;
          for (const each of corrections) {
            if (each.scopeId === id && !applied) window = addToWindow(window, each.second, each.requests, each.tokens);
          }
          return window;
        });
        const granted = grant(scopes, windows, waiters, wanted, tokensEach);
        if (granted.requests > 0 || corrections.length > 0) {
          for (const [index, { id }] of scopes.entries()) {
            const window = granted.windows[index] as RateWindow;
            const document = found[index];
            const expect = document ? { version: document.version } : 'absent';
            const data = { ...toWindowFields(id, window), op };
            tx.write({ kind: 'set', collection: WINDOWS, id: ids[index] ?? '', data, expect });
          }
        }
        return granted;
      });
      book.figures = outcome.figures;
      book.full = null;
      const isLate = monotonic() - since >= PERMIT_LIFE_MS;
      for (const [index, waiter] of waiters.entries()) {
        const refusal = outcome.refusals.get(index);
        if (refusal === undefined && isLate) {
          again(book, waiter, outcome.seconds);
          continue;
        }
        if (refusal === undefined) {
          waiter.resolve(makeAdmission(book, outcome.seconds, waiter.tokens, true));
          continue;
        }
        waiter.reject(refusal.error(0));
        if (refusal.forAll) {
          const until = since + refusal.seconds * 1000;
          book.full = { until, limits: JSON.stringify(scopes), error: refusal.error };
        }
      }
      if (outcome.ahead > 0) {
        const { ahead, aheadTokens, seconds } = outcome;
        book.lots.push({ since, seconds, requests: ahead, tokens: aheadTokens });
      }
    } catch (error) {
      // Whether they were granted is not known: they are not used. What was to be given back may have been: it is not given
      // back twice, but what was used beyond its count is counted rather twice than never.
      for (const { reject } of waiters) reject(error as Error);
      if (book.corrections.length < MAX_WAITING)
        book.corrections.push(...corrections.filter(({ tokens }) => tokens > 0));
    }
  }

  /** A permit that came later than permits live must not be used. */
  function again(book: Book, waiter: Waiter, seconds: ReadonlyMap<string, number>): void {
    correct(book, seconds, -1, -waiter.tokens);
    waiter.late++;
    if (waiter.late < MAX_LATE) book.waiters.push(waiter);
    else waiter.reject(new StoreUnavailable('The store is too slow to count requests.'));
  }

  return {
    async admit(scopes, tokens) {
      const limited = scopes.filter(({ limits }) => Object.values(limits).some((limit) => limit !== null));
      if (limited.length === 0) return unlimited;
      const book = bookOf(limited);
      note(book, tokens);
      const admission = book.waiters.length === 0 ? take(book, tokens) : null;
      if (admission !== null) {
        const left = book.lots.reduce((sum, lot) => sum + lot.requests, 0);
        if (left * 2 < Math.max(book.used.now, book.used.before)) void ask(book);
        return admission;
      }
      const leftMs = (book.full?.until ?? 0) - monotonic();
      if (book.full !== null && leftMs > 0 && book.full.limits === JSON.stringify(limited))
        throw book.full.error(leftMs);
      if (book.waiters.length >= MAX_WAITING) throw new MeshError('rate_limit_exceeded', { retryAfterSeconds: 1 });
      return new Promise((resolve, reject) => {
        book.waiters.push({ tokens, late: 0, resolve, reject });
        void ask(book);
      });
    },

    async figures(scopes) {
      return Promise.all(
        scopes.map(async (scope) => {
          const window = windowAt(await documents.get(WINDOWS, documentId(scope.id)), now());
          return figuresOf([scope], [window]);
        }),
      );
    },

    tick() {
      const at = monotonic();
      for (const [name, book] of books) {
        expire(book);
        if (book.corrections.length > 0 && at - book.correctSince >= CORRECT_MS) void ask(book);
        else if (at - book.lastUsed > FORGET_MS && book.corrections.length === 0 && !book.asking) books.delete(name);
      }
    },
  };
}

interface RateRefusal {
  /** Of a refusal that any other request would get too. */
  forAll: boolean;
  seconds: number;
  /** `leftMs`: how long it still holds, where it is not new. */
  error: (leftMs: number) => MeshError;
}

/** Who of the waiting gets a permit, and how many are fetched ahead. */
function grant(
  scopes: readonly RateScope[],
  before: readonly RateWindow[],
  waiters: readonly Waiter[],
  wanted: number,
  tokensEach: number,
) {
  let windows = before;
  const refusals = new Map<number, RateRefusal>();
  const seconds = new Map(scopes.map(({ id }, index) => [id, windows[index]?.second ?? 0]));
  const count = (requests: number, tokens: number) => {
    windows = windows.map((window) => addToWindow(window, window.second, requests, tokens));
  };
  let requests = 0;
  for (const [index, { tokens }] of waiters.entries()) {
    const refusal = refuse(scopes, windows, tokens);
    if (refusal !== null) {
      refusals.set(index, refusal);
      continue;
    }
    count(1, tokens);
    requests++;
  }
  const ahead = refusals.size > 0 ? 0 : Math.min(wanted, spare(scopes, windows, tokensEach));
  const aheadTokens = scopes.some(({ limits }) => limits.tpm !== null) ? ahead * tokensEach : 0;
  const figures = figuresOf(scopes, windows);
  if (ahead > 0) count(ahead, aheadTokens);
  // What is fetched ahead is in stock, and counts as remaining until it is used.
  const net = ahead > 0 ? figuresOf(scopes, windows) : figures;
  return { windows, refusals, seconds, requests: requests + ahead, ahead, aheadTokens, figures: net };
}

/** Permits that may be fetched ahead: of each limit only what is well away from it. */
function spare(scopes: readonly RateScope[], windows: readonly RateWindow[], tokensEach: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (const [index, { limits }] of scopes.entries()) {
    const window = windows[index] as RateWindow;
    const away = (limit: number | null, used: number, each: number) => {
      if (limit === null) return;
      least = Math.min(least, Math.floor((limit * (1 - NEAR_LIMIT_PART) - used) / Math.max(1, each)));
    };
    away(limits.rpm, sumOf(window.requests), 1);
    away(limits.rpd, window.dayRequests, 1);
    away(limits.tpm, sumOf(window.tokens), tokensEach);
  }
  return Math.max(0, least);
}

function refuse(scopes: readonly RateScope[], windows: readonly RateWindow[], tokens: number): RateRefusal | null {
  for (const [index, { id, limits }] of scopes.entries()) {
    const window = windows[index] as RateWindow;
    const { rpm, rpd, tpm } = limits;
    if (rpd !== null && window.dayRequests + 1 > rpd) {
      const untilMidnight = 86_400 - (window.second % 86_400);
      return refusal('rpd', id, rpd, window.dayRequests, untilMidnight, true);
    }
    const requests = sumOf(window.requests);
    if (rpm !== null && requests + 1 > rpm) {
      return refusal('rpm', id, rpm, requests, secondsUntilRoom(window.requests, rpm, 1), true);
    }
    if (tpm === null) continue;
    if (tokens > tpm) return tooLarge(id, tpm, tokens);
    const used = sumOf(window.tokens);
    if (used + tokens > tpm) {
      return refusal('tpm', id, tpm, used, secondsUntilRoom(window.tokens, tpm, tokens), false);
    }
  }
  return null;
}

const units = { rpm: 'requests a minute', rpd: 'requests a day', tpm: 'tokens a minute' } as const;

function refusal(
  reason: keyof typeof units,
  scopeId: string,
  limit: number,
  used: number,
  seconds: number,
  forAll: boolean,
): RateRefusal {
  const scope = scopeId.slice(0, scopeId.indexOf('|'));
  return {
    forAll,
    seconds,
    error: (leftMs) => {
      const left = leftMs > 0 ? Math.ceil(leftMs / 1000) : seconds;
      return new MeshError('rate_limit_exceeded', {
        message: `The ${scope} is limited to ${limit} ${units[reason]} (${reason}). Try again in ${left} s.`,
        details: { reason, scope, limit, remaining: Math.max(0, limit - used), reset: left },
        retryAfterSeconds: left,
      });
    },
  };
}

function tooLarge(scopeId: string, limit: number, requested: number): RateRefusal {
  const scope = scopeId.slice(0, scopeId.indexOf('|'));
  return {
    forAll: false,
    seconds: SPAN_SECONDS,
    error: () =>
      new MeshError('rate_limit_exceeded', {
        message: `This request alone has ${requested} tokens; the ${scope} is limited to ${limit} tokens a minute (tpm).`,
        details: { reason: 'tpm', scope, limit, requested },
      }),
  };
}

function figuresOf(scopes: readonly RateScope[], windows: readonly RateWindow[]): RateFigures {
  const least = (figure: (limits: RateLimits, window: RateWindow) => RateFigure | null) =>
    scopes.reduce<RateFigure | null>((found, { limits }, index) => {
      const next = figure(limits, windows[index] as RateWindow);
      return next === null || (found !== null && found.remaining <= next.remaining) ? found : next;
    }, null);
  const minute = (limit: number | null, buckets: readonly number[]) =>
    limit === null
      ? null
      : { limit, remaining: Math.max(0, limit - sumOf(buckets)), resetSeconds: secondsUntilEmpty(buckets) };
  return {
    requests: least(({ rpm }, { requests }) => minute(rpm, requests)),
    tokens: least(({ tpm }, { tokens }) => minute(tpm, tokens)),
    day: least(({ rpd }, { dayRequests, second }) =>
      rpd === null
        ? null
        : { limit: rpd, remaining: Math.max(0, rpd - dayRequests), resetSeconds: 86_400 - (second % 86_400) },
    ),
  };
}
