import type { MeshError } from '../../core/errors.ts';
import { TokenCounter } from '../../core/money/tokens.ts';
import { noUsage, type Usage } from '../../core/money/usage.ts';
import type { Candidate, InputMeasure } from '../../core/routing/quote.ts';
import type { Facts, WholeFacts } from '../../formats/shared/facts.ts';

/** How an answer ended. */
export type Outcome = 'finished' | 'upstream_broke' | 'client_gone' | 'shut_down' | 'spend_limit';

/** What reached the client, and how it ended. */
export interface Delivery {
  outcome: Outcome;
  candidate: Candidate;
  /** The provider's report; null where none came. */
  usage: Usage | null;
  /** Whether the provider finished, so that its report is of all that it bills. */
  whole: boolean;
  /** Our count of the output that was delivered. */
  deliveredTokens: number;
  /** Why there is no more, where the client can still be told. */
  error: MeshError | null;
  /** Whether it came in pieces, so that its first token could be timed. */
  streamed: boolean;
  /** How long the upstream took after its first token, without the time that it waited for the client. Milliseconds. */
  upstreamMs: number;
  /** How long the client kept the upstream waiting. Milliseconds. */
  clientMs: number;
}

export interface BilledUsage {
  usage: Usage;
  basis: 'exact' | 'estimated';
}

/**
 * The tokens an answer is charged by: what the provider reported of an answer that it finished, else our count of what was
 * delivered, plus the input, which the provider bills in any case. An estimate never exceeds what the hold was quoted for.
 */
export function billedUsage({ whole, candidate, usage, deliveredTokens }: Delivery, input: InputMeasure): BilledUsage {
  if (whole && usage !== null) return { usage, basis: 'exact' };
  const reported = usage ?? noUsage;
  const knownInput = reported.input > 0;
  return {
    basis: 'estimated',
    usage: {
      ...(knownInput ? reported : noUsage),
      input: knownInput ? reported.input : Math.min(input.estimatedTokens, candidate.inputTokens),
      output: Math.min(deliveredTokens, candidate.outputTokens * candidate.choices),
      reasoning: 0,
    },
  };
}

/** Counts what passes to the client. */
export class Tally {
  usage: Usage | null = null;
  finished = false;
  readonly #delivered = new TokenCounter();

  /** Our count of what was passed on. */
  get deliveredTokens(): number {
    return this.#delivered.tokens;
  }

  /** Notes what an upstream says of itself, delivered or not. */
  note({ usage, finished }: Pick<Facts, 'usage' | 'finished'>): void {
    // Reports in a stream are cumulative: the last one counts.
    if (usage !== null) this.usage = usage;
    if (finished) this.finished = true;
  }

  add(facts: WholeFacts & Pick<Facts, 'finished'>): void {
    this.note(facts);
    for (const text of facts.texts) this.#delivered.add(text);
  }
}

/** The delivery of an answer whose client left before its first byte: only the input is owed. */
export function abandonedDelivery(candidate: Candidate): Delivery {
  return {
    outcome: 'client_gone',
    candidate,
    usage: null,
    whole: false,
    deliveredTokens: 0,
    error: null,
    streamed: false,
    upstreamMs: 0,
    clientMs: 0,
  };
}
