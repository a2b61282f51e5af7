import { documentId } from '../store/document-id.ts';
import { type Documents, StoreUnavailable, type Transaction } from '../store/documents.ts';
import { transact } from '../store/transact.ts';
import { figuresOf, findImpossible, grant, type RateRefusal, type RateWish, toRateError } from './rate-grant.ts';
import type { RateFigure, RateFigures, RateScope } from './rate-scope.ts';
import { type Correction, createRateStock, deadline, type RateStock } from './rate-stock.ts';
import {
  addToWindow,
  type RateWindow,
  SPAN_SECONDS,
  secondOf,
  secondsUntilMidnight,
  toWindowFields,
  WINDOWS,
  WRITES_KEPT,
  windowAt,
} from './rate-window.ts';

/** A request that was counted. */
export interface Admission {
  readonly figures: RateFigures;
  /** What it really used: the difference goes back to where it was taken, or is added there, within a second. Once. */
  settle(tokens: number): void;
}

export interface RateLimiter {
  /**
   * Counts one request and `tokens` tokens (an upper estimate) against every scope, or against none: then it throws
   * `rate_limit_exceeded`, which says when to come again, or `StoreUnavailable`.
   */
  admit(scopes: readonly RateScope[], tokens: number): Promise<Admission>;
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

/** Keys that are remembered at once. The longest unused is forgotten first. */
export const MAX_BOOKS = 20_000;
/** A key that is not used for so long is forgotten. */
export const FORGET_MS = (SPAN_SECONDS + 1) * 1_000;
/** Requests of one key that may wait for a permit at once. */
export const MAX_WAITING = 10_000;
/** Corrections wait for the next transaction, but no longer than this. */
export const CORRECT_MS = 1_000;
/** Permits of one request that may come too late to be used, before it is given up. */
export const MAX_LATE = 3;

interface Waiter {
  tokens: number;
  /** How often its permit came too late. */
  late: number;
  resolve: (admission: Admission) => void;
  reject: (error: Error) => void;
}

/** What this process knows of a key and its owner. */
interface Book {
  name: string;
  scopes: readonly RateScope[];
  stock: RateStock;
  waiters: Waiter[];
  asking: boolean;
  /** As of the last transaction; what is in stock counts as used. */
  figures: RateFigures;
  /** Nothing is to be had until then (monotonic) for requests of so many tokens or more. */
  full: { until: number; fromTokens: number; refusal: RateRefusal } | null;
  /** The store's clock is at least the monotonic one plus this. */
  offset: number;
  lastUsed: number;
}

/** What a transaction brought. */
interface Outcome {
  refusals: readonly (RateRefusal | null)[];
  ahead: number;
  aheadTokens: number;
  figures: RateFigures;
  /** Of the store's clock: the second that all permits count in, and the time it was looked at, in milliseconds. */
  second: number;
  now: number;
}

const unlimited: Admission = { figures: { requests: null, tokens: null, day: null }, settle() {} };

/**
 * Rates over all instances. Permits are counted in the store before they are used: some ahead for a busy key, each by
 * itself near a limit. Requests of a key that wait share a transaction, one under way for each key and owner; whoever is
 * told that nothing is left refuses by itself until there may be something. Why limits are hard: see `rate-window.ts`.
 */
export function createRateLimiter({ documents, now, monotonic, instanceId }: RatePorts): RateLimiter {
  const books = new Map<string, Book>();
  let runs = 0;

  /** The one used last stands last. */
  function bookOf(scopes: readonly RateScope[]): Book {
    const name = scopes.map(({ id }) => id).join();
    const book = books.get(name) ?? openBook(name, scopes);
    books.delete(name);
    books.set(name, book);
    book.lastUsed = monotonic();
    if (!sameLimits(book.scopes, scopes)) {
      // What was granted under other limits is not used under these.
      book.stock.giveBack(book.lastUsed, 'all');
      book.full = null;
    }
    book.scopes = scopes;
    return book;
  }

  function openBook(name: string, scopes: readonly RateScope[]): Book {
    if (books.size >= MAX_BOOKS) {
      for (const book of books.values()) {
        if (!isQuiet(book)) continue;
        books.delete(book.name);
        break;
      }
      if (books.size >= MAX_BOOKS) throw new StoreUnavailable('Too many keys wait for their rates.');
    }
    return {
      name,
      scopes,
      stock: createRateStock(),
      waiters: [],
      asking: false,
      figures: unlimited.figures,
      full: null,
      offset: 0,
      lastUsed: 0,
    };
  }

  /** A book that was forgotten while a request of its ran is taken back. */
  function kept(book: Book): Book {
    const known = books.get(book.name) ?? book;
    books.set(book.name, known);
    return known;
  }

  /** A permit from the stock, where one fits. */
  function serve(book: Book, tokens: number): Admission | null {
    const second = book.stock.take(tokens, monotonic());
    return second === null ? null : makeAdmission(book, second, tokens);
  }

  function makeAdmission(book: Book, second: number, tokens: number): Admission {
    book.stock.use(tokens, monotonic());
    const counted = hasTokenLimit(book.scopes);
    let settled = false;
    return {
      figures: withStock(book),
      settle(used) {
        if (settled) return;
        settled = true;
        if (counted) kept(book).stock.correct(second, 0, toWhole(used) - tokens, monotonic());
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
    let outcome: Outcome;
    try {
      outcome = await count(scopes, wish, corrections);
    } catch (error) {
      // What became of it is not known. Nothing that was granted is used; nothing is given back twice; what was used
      // beyond its estimate is counted rather twice than never.
      for (const { reject } of waiters) reject(error as Error);
      for (const [second, each] of addedOnly(corrections))
        stock.correct(second, each.requests, each.tokens, monotonic());
      return;
    }
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

  /** Counts what is granted, in one transaction over all scopes. */
  function count(
    scopes: readonly RateScope[],
    wish: RateWish,
    corrections: ReadonlyMap<number, Correction>,
  ): Promise<Outcome> {
    const outcomes = new Map<string, Outcome>();
    let marks: readonly (string | null)[] | null = null;
    return transact(documents, async (tx) => {
      const { found, windows, now: storeNow } = await look(documents, tx, scopes);
      // Of several runs one may have been applied although the store said otherwise: then that one holds.
      const applied = windows.flatMap(({ writes }) => writes).find((write) => outcomes.has(write));
      const outcomeOfApplied = applied === undefined ? undefined : outcomes.get(applied);
      if (outcomeOfApplied !== undefined) return outcomeOfApplied;
      marks ??= windows.map(({ writes }) => writes.at(-1) ?? null);
      const wasNotApplied = windows.some(({ writes }, at) => reachesBackTo(writes, marks?.[at] ?? null));
      const due = wasNotApplied ? corrections : addedOnly(corrections);
      const corrected = windows.map((window) => applyCorrections(window, due));
      const granted = grant(scopes, corrected, wish, storeNow);
      const outcome = {
        refusals: granted.refusals,
        ahead: granted.ahead,
        aheadTokens: wish.aheadTokens,
        figures: figuresOf(scopes, granted.windows),
        second: granted.windows[0]?.second ?? 0,
        now: storeNow,
      };
      const isChanged = due.size > 0 || granted.ahead > 0 || granted.refusals.includes(null);
      if (!isChanged) return outcome;
      const write = `${instanceId}.${++runs}`;
      outcomes.set(write, outcome);
      for (const [at, { id }] of scopes.entries()) {
        const [window, document] = [granted.windows[at], found[at]];
        if (window === undefined) continue;
        tx.write({
          kind: 'set',
          collection: WINDOWS,
          id: documentId(id),
          data: toWindowFields(id, window, write),
          expect: document ? { version: document.version } : 'absent',
        });
      }
      return outcome;
    });
  }

  return {
    async admit(scopes, tokens) {
      const limited = scopes.filter(isLimited);
      if (limited.length === 0) return unlimited;
      const counted = hasTokenLimit(limited) ? toWhole(tokens) : 0;
      const impossible = findImpossible(limited, counted);
      if (impossible !== null) throw toRateError(impossible, 0);
      const book = bookOf(limited);
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
    },

    figures: (scopes) =>
      Promise.all(
        scopes.map(async (scope) => {
          if (!isLimited(scope)) return unlimited.figures;
          const window = windowAt(await documents.get(WINDOWS, documentId(scope.id)), toSecond(now()));
          return figuresOf([scope], [window]);
        }),
      ),

    tick() {
      const at = monotonic();
      for (const [name, book] of books) {
        book.stock.giveBack(at, 'dead');
        const since = book.stock.correctingSince();
        if (since !== null && at - since >= CORRECT_MS) void ask(book);
        else if (at - book.lastUsed >= FORGET_MS && isQuiet(book)) books.delete(name);
      }
    },
  };
}

/** The windows of all scopes at one second: that of the store's clock, or the latest that one of them has got to. */
async function look(documents: Documents, tx: Transaction, scopes: readonly RateScope[]) {
  const [told, ...found] = await Promise.all([
    documents.now(),
    ...scopes.map(({ id }) => tx.get(WINDOWS, documentId(id))),
  ]);
  const now = Math.max(told, ...found.map((document) => secondOf(document) * 1_000));
  const windows = found.map((document) => windowAt(document, toSecond(now)));
  return { found, windows, now };
}

/** Whether all writes since `mark` (null: since there were none) are still known by name. */
function reachesBackTo(writes: readonly string[], mark: string | null): boolean {
  return mark === null ? writes.length < WRITES_KEPT : writes.includes(mark);
}

function applyCorrections(window: RateWindow, corrections: ReadonlyMap<number, Correction>): RateWindow {
  let next = window;
  for (const [second, { requests, tokens }] of corrections) next = addToWindow(next, second, requests, tokens);
  return next;
}

/** Without what is given back. */
function addedOnly(corrections: ReadonlyMap<number, Correction>): ReadonlyMap<number, Correction> {
  return new Map(
    [...corrections].filter(([, { tokens }]) => tokens > 0).map(([at, { tokens }]) => [at, { requests: 0, tokens }]),
  );
}

/** With what is in stock, which is counted but free. */
function withStock({ figures, stock }: Book): RateFigures {
  const left = stock.left();
  const plus = (figure: RateFigure | null, more: number) =>
    figure === null || more === 0 ? figure : { ...figure, remaining: Math.min(figure.limit, figure.remaining + more) };
  return {
    requests: plus(figures.requests, left.requests),
    tokens: plus(figures.tokens, left.tokens),
    day: plus(figures.day, left.requests),
  };
}

function isQuiet({ asking, waiters, stock }: Book): boolean {
  return !asking && waiters.length === 0 && stock.correctingSince() === null;
}

function isLimited({ limits }: RateScope): boolean {
  return limits.rpm !== null || limits.rpd !== null || limits.tpm !== null;
}

function hasTokenLimit(scopes: readonly RateScope[]): boolean {
  return scopes.some(({ limits }) => limits.tpm !== null);
}

function sameLimits(some: readonly RateScope[], others: readonly RateScope[]): boolean {
  return some.every(({ limits }, at) => {
    const other = others[at]?.limits;
    if (limits === other) return true;
    return limits.rpm === other?.rpm && limits.rpd === other.rpd && limits.tpm === other.tpm;
  });
}

function toSecond(milliseconds: number): number {
  return Math.floor(milliseconds / 1_000);
}

/** Tokens as they are counted: whole, and never below zero. */
function toWhole(tokens: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.ceil(tokens))) || 0;
}
