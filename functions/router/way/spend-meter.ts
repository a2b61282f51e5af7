import type { LiveHold } from '../../core/leases/hold-state.ts';
import type { Leases } from '../../core/leases/leases.ts';
import { CharacterCounts } from '../../core/money/character-counts.ts';
import { nanosToPicoUsd, picoUsdToNanos } from '../../core/money/fx.ts';
import type { Nanos } from '../../core/money/money.ts';
import { mostTokens } from '../../core/money/tokenizers.ts';
import { affordableOutputTokens, type Candidate, METER_SLICE_TOKENS, quoteOutput } from '../../core/routing/quote.ts';
import type { Piece } from '../../formats/shared/facts.ts';

/** Tokens of a provider's own marks around a choice or a tool call, generously. */
const MARK_TOKENS = 32;

/** Keeps a stream within its hold. */
export interface SpendMeter {
  /** Whether these pieces may be passed on: the hold covers them, grown if necessary. If not, nothing of them is counted. */
  cover(pieces: readonly Pick<Piece<unknown>, 'facts'>[]): boolean | Promise<boolean>;
}

/**
 * Meters a stream whose every billed token can be seen. What passes is bounded by what its model's tokenizer can make of it;
 * the hold grows by a slice before the stream outruns it, or by what there is.
 */
export function createSpendMeter(hold: LiveHold, candidate: Candidate, leases: Pick<Leases, 'grow'>): SpendMeter {
  const { choices, endpoint } = candidate;
  const most = candidate.outputTokens * choices;
  let covered = coveredNow();
  let passed = { characters: new CharacterCounts(), marks: 0 };
  /** What may pass next is counted here, since there is no way back once it is in `passed`: kept, as each read needs it. */
  let after = { characters: new CharacterCounts(), marks: 0 };
  const pass = () => {
    [passed, after] = [after, passed];
  };

  function cost(outputTokens: number): Nanos {
    return picoUsdToNanos(quoteOutput(candidate, outputTokens), hold.currency, hold.fx);
  }

  /** Output tokens that the hold pays for, beside the input. */
  function coveredNow(): number {
    const money = nanosToPicoUsd(hold.amount, hold.currency, hold.fx);
    return affordableOutputTokens(money, [{ ...candidate, choices: 1 }]);
  }

  /** A slice ahead, or what there is of it, but at least what is here. */
  async function growTo(needed: number): Promise<boolean> {
    const wanted = cost(Math.min(needed + METER_SLICE_TOKENS, most)) - hold.amount;
    const grown = await leases.grow(hold, wanted, cost(needed) - hold.amount);
    if (grown) covered = coveredNow();
    return grown;
  }

  return {
    cover(pieces) {
      after.characters.become(passed.characters);
      after.marks = passed.marks;
      for (const { facts } of pieces) {
        after.marks += facts.marks;
        for (const text of facts.texts) {
          // Answers that come side by side are cut into tokens each by itself.
          if (choices > 1) after.characters.end();
          after.characters.add(text);
        }
      }
      const needed = Math.min(mostTokens(after.characters, endpoint.tokenizer) + after.marks * MARK_TOKENS, most);
      if (needed <= covered) {
        pass();
        return true;
      }
      return growTo(needed).then((grown) => {
        if (grown) pass();
        return grown;
      });
    },
  };
}
