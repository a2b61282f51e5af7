import { documentId } from '../store/document-id.ts';
import { type Documents, StoreUnavailable } from '../store/documents.ts';
import { addedOnly, createPermitCounter, type Outcome } from './count-permits.ts';
import type { Admission } from './rate-admission.ts';
import { type Book, isQuiet, mustCorrect, RateBooks, sameLimits, type Waiter, withStock } from './rate-book.ts';
import { figuresOf, findImpossible, type RateRefusal, toRateError } from './rate-grant.ts';
import { noFigures, type RateFigures, type RateScope } from './rate-scope.ts';
import { deadline } from './rate-stock.ts';
import { SPAN_SECONDS, secondsUntilMidnight, toSecond, WINDOWS, windowAt } from './rate-window.ts';

export interface RateLimiter {
  /**
   * Counts one request and the `tokens` that it is likely to take against every scope, or against none: then it throws
   * `rate_limit_exceeded`, which says when to come again, or `StoreUnavailable`.
   */
  admit(scopes: readonly RateScope[], tokens: number): Promise<Admission>;
  /**
   * Throws what `admit` would throw for want of requests (not of tokens), as far as this process knows that there may be
   * none. Takes nothing, and asks the store only where the last answer was that none are left.
   */
  check(scopes: readonly RateScope[]): Promise<void>;
  /** How each scope stands, from the store. Takes nothing. */
  figures(scopes: readonly RateScope[]): Promise<RateFigures[]>;
  /** Gives back what was not used, and forgets who is gone. Call it about once a second. */
  tick(): void;
}

export interface RatePorts {
  documents: Documents;
  /** Unix milliseconds. Only for what is shown: limits go by the store's clock. */
  now: () => number;
  /** Monotonic milliseconds. */
  monotonic: () => number;
  /** Unique for each start of a process. */
  instanceId: string;
}

/** A key that is not used for so long is forgotten. */
export const FORGET_MS = (SPAN_SECONDS + 1) * 1_000;
/** Requests of one key that may wait for a permit at once. */
export const MAX_WAITING = 10_000;
/** Corrections that matter wait for the next transaction, but no longer than this. */
export const CORRECT_MS = 1_000;
/** Permits of one request that may come too late to be used, before it is given up. */
export const MAX_LATE = 3;

/** Tokens beyond what was counted that a running request may have before they are counted too. */
export const PROGRESS_TOKENS = 256;

const unlimited: Admission = { figures: noFigures, progress() {}, settle() {}, cancel() {} };

/**
 * Rates over all instances. Permits are counted in the store before they are used: some ahead for a busy key, each by
 * itself near a limit. Requests of a key that wait share a transaction, one under way for each key and owner; whoever is
 * told that nothing is left refuses by itself until there may be something. Why limits are hard: see `rate-window.ts`.
 */
export function createRateLimiter({ documents, now, monotonic, instanceId }: RatePorts): RateLimiter {
  const books = new RateBooks(monotonic);
  const count = createPermitCounter({ documents, instanceId });

  /** A permit from the stock, where one fits. */
  function serve(book: Book, tokens: number): Admission | null {
    const second = book.stock.take(tokens, monotonic());
    return second === null ? null : makeAdmission(book, second, tokens);
  }

  function makeAdmission(book: Book, second: number, tokens: number): Admission {
    book.stock.use(tokens, monotonic());
    const counted = hasTokenLimit(book.scopes);
    let settled = false;
    let known = tokens;
    /** What came to more counts when it came; what came to less goes back to where it was taken. */
    const recount = (used: number) => {
      const { stock } = books.kept(book);
      const at = monotonic();
      if (used > known) stock.correct(Math.max(second, toSecond(at + book.offset)), 0, used - known, at);
      else stock.correct(second, 0, used - known, at);
      // Whoever was refused for tokens may find some now.
      if (used < known && book.full?.refusal.reason === 'tpm') book.full = null;
      known = used;
    };
    return {
      figures: withStock(book),
      progress(used) {
        if (counted && !settled && used >= known + PROGRESS_TOKENS) recount(toWhole(used));
      },
      settle(used) {
        if (settled) return;
        settled = true;
        if (counted) recount(toWhole(used));
      },
      cancel() {
        if (settled) return;
        settled = true;
        books.kept(book).stock.correct(second, -1, -tokens, monotonic());
      },
    };
  }

  async function ask(book: Book): Promise<void> {
    if (book.asking) return;
    book.asking = true;
    try {
      do {
        book.waiters = book.waiters.filter((waiter) => {
          const admission = serve(book, waiter.tokens);
          if (admission !== null) waiter.resolve(admission);
          return admission === null;
        });
        await askOnce(book);
      } while (book.waiters.length > 0);
    } finally {
      book.asking = false;
    }
  }

  async function askOnce(book: Book): Promise<void> {
    const { scopes, stock } = book;
    const since = monotonic();
    const waiters = book.waiters;
    book.waiters = [];
    // What is in stock does for nobody who waits: the store has to see that it is free.
    stock.giveBack(since, waiters.length > 0 ? 'all' : 'dead');
    const wish = { waiting: waiters.map(({ tokens }) => tokens), ...stock.wanted(since) };
    const corrections = stock.takeCorrections();
    if (waiters.length === 0 && wish.ahead === 0 && corrections.size === 0) return;
    try {
      take(book, scopes, since, waiters, await count(scopes, wish, corrections));
    } catch (error) {
      // What became of it is not known. Nothing that was granted is used; nothing is given back twice; what was used
      // beyond its estimate is counted rather twice than never.
      for (const { reject } of waiters) reject(error as Error);
      for (const [second, each] of addedOnly(corrections))
        stock.correct(second, each.requests, each.tokens, monotonic());
    }
  }

  /** What the store has answered: `since` is when it was asked. */
  function take(book: Book, scopes: Book['scopes'], since: number, waiters: Waiter[], outcome: Outcome): void {
    const { stock } = book;
    const { second, ahead, aheadTokens } = outcome;
    book.figures = outcome.figures;
    book.offset = outcome.now - monotonic();
    const until = deadline(since, (second + secondsUntilMidnight(second)) * 1_000 - outcome.now);
    // Limits may have changed meanwhile: then this says nothing about the new ones.
    const isCurrent = sameLimits(book.scopes, scopes);
    if (ahead > 0 && !isCurrent) stock.correct(second, -ahead, -ahead * aheadTokens, since);
    else if (ahead > 0) stock.add({ second, until, requests: ahead, tokens: ahead * aheadTokens });
    for (const [at, waiter] of waiters.entries()) {
      const refusal = outcome.refusals[at] ?? null;
      if (refusal !== null) {
        waiter.reject(toRateError(refusal, outcome.now));
        if (isCurrent) noteFull(book, waiter.tokens, refusal);
      } else if (monotonic() >= until) again(book, waiter, second);
      else waiter.resolve(makeAdmission(book, second, waiter.tokens));
    }
  }

  function noteFull(book: Book, tokens: number, refusal: RateRefusal): void {
    const until = refusal.holdsUntil - book.offset;
    const fromTokens = refusal.reason === 'tpm' ? tokens : 0;
    const known = book.full !== null && book.full.until > monotonic() ? book.full : null;
    if (known === null || fromTokens <= known.fromTokens) book.full = { until, fromTokens, refusal };
  }

  /** A permit that came when it was dead is given back, and asked for again. */
  function again(book: Book, waiter: Waiter, second: number): void {
    book.stock.correct(second, -1, -waiter.tokens, monotonic());
    waiter.late++;
    if (waiter.late < MAX_LATE) book.waiters.push(waiter);
    else waiter.reject(new StoreUnavailable('The store is too slow to count requests.'));
  }

  async function admit(scopes: readonly RateScope[], tokens: number): Promise<Admission> {
    const limited = scopes.filter(isLimited);
    if (limited.length === 0) return unlimited;
    const counted = hasTokenLimit(limited) ? toWhole(tokens) : 0;
    const impossible = findImpossible(limited, counted);
    if (impossible !== null) throw toRateError(impossible, 0);
    const book = books.of(limited);
    const admission = book.waiters.length === 0 ? serve(book, counted) : null;
    if (admission !== null) {
      if (book.stock.isLow(monotonic())) void ask(book);
      return admission;
    }
    const { full } = book;
    if (full !== null && counted >= full.fromTokens && monotonic() < full.until) {
      throw toRateError(full.refusal, monotonic() + book.offset);
    }
    if (book.waiters.length >= MAX_WAITING) throw new StoreUnavailable('Too many requests wait for the store.');
    return new Promise((resolve, reject) => {
      book.waiters.push({ tokens: counted, late: 0, resolve, reject });
      void ask(book);
    });
  }

  return {
    admit,

    async check(scopes) {
      const limited = scopes.filter(isLimited);
      if (limited.length === 0) return;
      const { full, figures, stock } = books.of(limited);
      const isFull = full !== null && full.fromTokens === 0 && monotonic() < full.until;
      const mayBeFull =
        stock.left().requests === 0 && [figures.requests, figures.day].some((each) => each?.remaining === 0);
      // What is taken to see whether there is any goes back with whatever is asked for next.
      if (isFull || mayBeFull) (await admit(limited, 0)).cancel();
    },

    figures: (scopes) =>
      Promise.all(
        scopes.map(async (scope) => {
          if (!isLimited(scope)) return noFigures;
          const window = windowAt(await documents.get(WINDOWS, documentId(scope.id)), toSecond(now()));
          return figuresOf([scope], [window]);
        }),
      ),

    tick() {
      const at = monotonic();
      for (const book of books.all()) {
        book.stock.giveBack(at, 'dead');
        const since = mustCorrect(book) ? book.stock.correctingSince() : null;
        if (since !== null && at - since >= CORRECT_MS) void ask(book);
        else if (at - book.lastUsed >= FORGET_MS && isQuiet(book)) books.forget(book);
      }
    },
  };
}

function isLimited({ limits }: RateScope): boolean {
  return limits.rpm !== null || limits.rpd !== null || limits.tpm !== null;
}

function hasTokenLimit(scopes: readonly RateScope[]): boolean {
  return scopes.some(({ limits }) => limits.tpm !== null);
}

/** Tokens as they are counted: whole, and never below zero. */
function toWhole(tokens: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.ceil(tokens))) || 0;
}
