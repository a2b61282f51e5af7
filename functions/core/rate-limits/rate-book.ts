import { StoreUnavailable } from '../store/documents.ts';
import type { Admission } from './rate-admission.ts';
import type { RateRefusal } from './rate-grant.ts';
import { noFigures, type RateFigure, type RateFigures, type RateScope } from './rate-scope.ts';
import { createRateStock, type RateStock } from './rate-stock.ts';

/** Keys that are remembered at once. The longest unused is forgotten first. */
export const MAX_BOOKS = 20_000;

/** While so much of a token limit is free nobody misses what would go back to it. */
const PLENTY_PART = 0.75;

/** A request that waits for a permit. */
export interface Waiter {
  tokens: number;
  /** How often its permit came too late. */
  late: number;
  resolve: (admission: Admission) => void;
  reject: (error: Error) => void;
}

/** What this process knows of a key and its owner. */
export interface Book {
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

/** What this process knows of all keys, the one used last at the end. */
export class RateBooks {
  readonly #books = new Map<string, Book>();
  readonly #monotonic: () => number;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  /** The one used last stands last. */
  of(scopes: readonly RateScope[]): Book {
    const name = scopes.map(({ id }) => id).join();
    const book = this.#books.get(name) ?? this.#open(name, scopes);
    this.#books.delete(name);
    this.#books.set(name, book);
    book.lastUsed = this.#monotonic();
    if (!sameLimits(book.scopes, scopes)) {
      // What was granted under other limits is not used under these.
      book.stock.giveBack(book.lastUsed, 'all');
      book.full = null;
    }
    book.scopes = scopes;
    return book;
  }

  #open(name: string, scopes: readonly RateScope[]): Book {
    if (this.#books.size >= MAX_BOOKS) {
      for (const book of this.#books.values()) {
        if (!isQuiet(book)) continue;
        this.#books.delete(book.name);
        break;
      }
      if (this.#books.size >= MAX_BOOKS) throw new StoreUnavailable('Too many keys wait for their rates.');
    }
    return {
      name,
      scopes,
      stock: createRateStock(),
      waiters: [],
      asking: false,
      figures: noFigures,
      full: null,
      offset: 0,
      lastUsed: 0,
    };
  }

  /** A book that was forgotten while a request of its ran is taken back. */
  kept(book: Book): Book {
    const known = this.#books.get(book.name) ?? book;
    this.#books.set(book.name, known);
    return known;
  }

  all(): IterableIterator<Book> {
    return this.#books.values();
  }

  forget({ name }: Book): void {
    this.#books.delete(name);
  }
}

/** With what is in stock, which is counted but free. */
export function withStock({ figures, stock }: Book): RateFigures {
  const left = stock.left();
  const plus = (figure: RateFigure | null, more: number) =>
    figure === null || more === 0 ? figure : { ...figure, remaining: Math.min(figure.limit, figure.remaining + more) };
  return {
    requests: plus(figures.requests, left.requests),
    tokens: plus(figures.tokens, left.tokens),
    day: plus(figures.day, left.requests),
  };
}

/** Whether nothing is lost when it is forgotten. */
export function isQuiet(book: Book): boolean {
  return !book.asking && book.waiters.length === 0 && !mustCorrect(book);
}

/**
 * Whether something has to be told to the store. Tokens that were counted and not used need not, while nearly all of their limit is
 * free: they go along with whatever is asked for next, and where nothing is, they leave the window with their second.
 */
export function mustCorrect({ stock, figures: { tokens } }: Book): boolean {
  if (stock.correctingSince() === null) return false;
  const isPlenty = tokens !== null && tokens.remaining >= tokens.limit * PLENTY_PART;
  return !(isPlenty && stock.onlyReturnsTokens());
}

/** Whether scopes are limited as others are. */
export function sameLimits(some: readonly RateScope[], others: readonly RateScope[]): boolean {
  return some.every(({ limits }, at) => {
    const other = others[at]?.limits;
    if (limits === other) return true;
    return limits.rpm === other?.rpm && limits.rpd === other.rpd && limits.tpm === other.tpm;
  });
}
