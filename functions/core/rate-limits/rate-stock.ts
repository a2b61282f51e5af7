import { PERMIT_LIFE_MS } from './rate-window.ts';

/** Use is measured over the last so many milliseconds; as many permits are kept in stock. */
export const USE_SPAN_MS = 2_000;
/** Whoever uses fewer in that time asks for each: what dies unused has to be given back, which costs as much as it saves. */
const BUSY_FROM = 10;

/** Permits that were granted together, ahead of their requests. */
export interface Lot {
  /** The second that they count in. */
  readonly second: number;
  /** Monotonic milliseconds: from then on they are dead. */
  readonly until: number;
  requests: number;
  tokens: number;
}

/** What goes back to a second's bucket (below zero) or is added to it. */
export interface Correction {
  requests: number;
  tokens: number;
}

/** What one process has of permits for one key and its owner, and what it has to tell the store. Times are monotonic. */
export interface RateStock {
  /** A permit that lives, with its tokens; the second it counts in, or null. */
  take(tokens: number, at: number): number | null;
  add(lot: Lot): void;
  /** Notes a request that went ahead. */
  use(tokens: number, at: number): void;
  /** Permits that are missing for what was used lately, with the tokens for each. */
  wanted(at: number): { ahead: number; aheadTokens: number };
  /** Whether less than half of what was used lately is left. */
  isLow(at: number): boolean;
  left(): { requests: number; tokens: number };
  /** Dead permits, or all of them, become corrections. */
  giveBack(at: number, which: 'dead' | 'all'): void;
  correct(second: number, requests: number, tokens: number, at: number): void;
  /** Since when a correction waits; null where none does. */
  correctingSince(): number | null;
  /** Whether nothing waits but tokens that go back. */
  onlyReturnsTokens(): boolean;
  takeCorrections(): ReadonlyMap<number, Correction>;
}

export function createRateStock(): RateStock {
  let lots: Lot[] = [];
  let corrections = new Map<number, Correction>();
  let since: number | null = null;
  let span = { from: Number.NEGATIVE_INFINITY, uses: 0, tokens: 0 };
  let before = span;

  function roll(at: number): void {
    const passed = at - span.from;
    if (passed < USE_SPAN_MS) return;
    before = passed < 2 * USE_SPAN_MS ? span : { from: at, uses: 0, tokens: 0 };
    span = { from: at, uses: 0, tokens: 0 };
  }

  /** Uses in the last span, or in this one where it has already seen more. */
  function lately(at: number): { uses: number; tokens: number } {
    roll(at);
    return span.uses > before.uses ? span : before;
  }

  function left(): { requests: number; tokens: number } {
    const sum = { requests: 0, tokens: 0 };
    for (const { requests, tokens } of lots) {
      sum.requests += requests;
      sum.tokens += tokens;
    }
    return sum;
  }

  function correct(second: number, requests: number, tokens: number, at: number): void {
    if (requests === 0 && tokens === 0) return;
    const known = corrections.get(second) ?? { requests: 0, tokens: 0 };
    corrections.set(second, { requests: known.requests + requests, tokens: known.tokens + tokens });
    since ??= at;
  }

  function giveBack(at: number, which: 'dead' | 'all'): void {
    const goes = (lot: Lot) => which === 'all' || lot.until <= at || lot.requests === 0;
    for (const lot of lots.filter(goes)) correct(lot.second, -lot.requests, -lot.tokens, at);
    lots = lots.filter((lot) => !goes(lot));
  }

  return {
    take(tokens, at) {
      const lot = lots.find((each) => each.until > at && each.requests > 0 && each.tokens >= tokens);
      if (lot === undefined) return null;
      lot.requests--;
      lot.tokens -= tokens;
      return lot.second;
    },
    add(lot) {
      lots.push(lot);
    },
    use(tokens, at) {
      roll(at);
      span.uses++;
      span.tokens += tokens;
    },
    wanted(at) {
      const { uses, tokens } = lately(at);
      if (uses < BUSY_FROM) return { ahead: 0, aheadTokens: 0 };
      return { ahead: Math.max(0, uses - left().requests), aheadTokens: Math.ceil(tokens / uses) };
    },
    isLow(at) {
      const { uses } = lately(at);
      return uses >= BUSY_FROM && left().requests * 2 < uses;
    },
    left,
    giveBack,
    correct,
    correctingSince: () => since,
    onlyReturnsTokens: () => [...corrections.values()].every(({ requests, tokens }) => requests === 0 && tokens <= 0),
    takeCorrections() {
      const taken = corrections;
      corrections = new Map();
      since = null;
      return taken;
    },
  };
}

/** When permits die that were asked for at `since`: after their life, or with the day that they count in. */
export function deadline(since: number, untilMidnightMs: number): number {
  return since + Math.min(PERMIT_LIFE_MS, untilMidnightMs);
}
