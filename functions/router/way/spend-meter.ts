import type { Leases, LiveHold } from '../../core/leases/leases.ts';
import { picoUsdToNanos } from '../../core/money/fx.ts';
import type { Nanos } from '../../core/money/money.ts';
import { costUpperBound } from '../../core/money/price.ts';
import { boundTokens } from '../../core/money/tokens.ts';
import { type Candidate, METER_SLICE_TOKENS } from '../../core/routing/quote.ts';
import type { ChatChunk } from '../../formats/pivot/chat-completion.ts';

/** Tokens of a provider's own marks around a choice or a tool call, generously. */
const MARK_TOKENS = 32;

/** Keeps a stream within its hold. */
export interface Meter {
  /** Whether these chunks may be passed on: the hold covers them, grown if necessary. If not, nothing of them is counted. */
  cover(chunks: readonly ChatChunk[]): boolean | Promise<boolean>;
}

/**
 * Meters a stream whose every billed token can be seen. What passes is bounded by its bytes, which no tokenizer makes more
 * tokens of; the hold grows by a slice before the stream outruns it.
 */
export function createMeter(hold: LiveHold, candidate: Candidate, leases: Leases): Meter {
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
    cover(chunks) {
      const after = chunks.reduce((sum, chunk) => sum + boundChunk(chunk), passed);
      const needed = Math.min(after, most);
      if (needed > covered) return growFor(after, needed);
      passed = after;
      return true;
    },
  };
}

function boundChunk({ choices }: ChatChunk): number {
  let tokens = 0;
  for (const { delta, finish_reason } of choices) {
    for (const text of [delta.content, delta.refusal, delta.reasoning]) if (text) tokens += boundTokens(text);
    for (const call of delta.tool_calls ?? []) {
      if (call.function.name) tokens += MARK_TOKENS + boundTokens(call.function.name);
      tokens += boundTokens(call.function.arguments ?? '');
    }
    if (finish_reason !== null) tokens += MARK_TOKENS;
  }
  return tokens;
}
