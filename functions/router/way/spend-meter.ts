import type { LiveHold } from '../../core/leases/hold-state.ts';
import type { Leases } from '../../core/leases/leases.ts';
import { picoUsdToNanos } from '../../core/money/fx.ts';
import type { Nanos } from '../../core/money/money.ts';
import { costUpperBound } from '../../core/money/price.ts';
import { boundTokens } from '../../core/money/tokens.ts';
import { type Candidate, METER_SLICE_TOKENS } from '../../core/routing/quote.ts';
import type { Facts, Piece } from '../../formats/shared/facts.ts';

/** Tokens of a provider's own marks around a choice or a tool call, generously. */
const MARK_TOKENS = 32;

/** Keeps a stream within its hold. */
export interface SpendMeter {
  /** Whether these pieces may be passed on: the hold covers them, grown if necessary. If not, nothing of them is counted. */
  cover(pieces: readonly Pick<Piece<unknown>, 'facts'>[]): boolean | Promise<boolean>;
}

/**
 * Meters a stream whose every billed token can be seen. What passes is bounded by its bytes, which no tokenizer makes more
 * tokens of; the hold grows by a slice before the stream outruns it.
 */
export function createSpendMeter(hold: LiveHold, candidate: Candidate, leases: Leases): SpendMeter {
  const { inputTokens, choices, endpoint } = candidate;
  const most = candidate.outputTokens * choices;
  let covered = Math.min(METER_SLICE_TOKENS, most);
  let passed = 0;

  function cost(outputTokens: number): Nanos {
    return picoUsdToNanos(costUpperBound(inputTokens, outputTokens, endpoint.price), hold.currency, hold.fx);
  }

  async function growTo(outputTokens: number): Promise<boolean> {
    const more = cost(outputTokens) - hold.amount;
    if (more > 0n && !(await leases.grow(hold, more))) return false;
    covered = outputTokens;
    return true;
  }

  /** A slice ahead where there is the money for it, else just what is here. */
  async function growFor(after: number, needed: number): Promise<boolean> {
    const grown = (await growTo(Math.min(after + METER_SLICE_TOKENS, most))) || (await growTo(needed));
    if (grown) passed = after;
    return grown;
  }

  return {
    cover(pieces) {
      let after = passed;
      for (const { facts } of pieces) after += bound(facts);
      const needed = Math.min(after, most);
      if (needed > covered) return growFor(after, needed);
      passed = after;
      return true;
    },
  };
}

function bound({ texts, marks }: Facts): number {
  let tokens = marks * MARK_TOKENS;
  for (const text of texts) tokens += boundTokens(text);
  return tokens;
}
