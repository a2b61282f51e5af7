import type { MeshError } from '../../core/errors.ts';
import { TokenCounter } from '../../core/money/tokens.ts';
import { laterReport, noUsage, type Usage } from '../../core/money/usage.ts';
import { type BillingBasis, believeUsage, isPlausible, usageBound } from '../../core/routing/believed-usage.ts';
import type { Candidate, InputMeasure } from '../../core/routing/quote.ts';
import type { Facts, WholeFacts } from '../../formats/shared/facts.ts';

/** How an answer ended. */
export type Outcome = 'finished' | 'upstream_broke' | 'client_gone' | 'timed_out' | 'shut_down' | 'spend_limit';

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
  /** When its first piece went to the client, monotonic; null where none did, or all came at once. */
  beganAt: number | null;
  /** Why the model stopped, in OpenAI's words; null where that is not known. */
  finishReason: string | null;
  /** How long the upstream took after its first token, without the time that it waited for the client. Milliseconds. */
  upstreamMs: number;
  /** How long the client kept the upstream waiting. Milliseconds. */
  clientMs: number;
}

export interface BilledUsage {
  usage: Usage;
  basis: BillingBasis;
  /** Whether the report said more than can be true, charged or not. */
  cut: boolean;
}

/**
 * The tokens an answer is charged by: what the provider reported of an answer that it finished, as far as that can be true; else
 * our count of what was delivered, plus the input, which the provider bills in any case. A total that was reported as zero, or as
 * nothing, while we know of tokens was not counted: our count stands for it. So it does where an endpoint's reports are doubted
 * and this one is far from it. An estimate never exceeds what the hold was quoted for.
 */
export function billedUsage(delivery: Delivery, input: InputMeasure, doubted: boolean): BilledUsage {
  const { whole, candidate, deliveredTokens } = delivery;
  const report = delivery.usage ?? noUsage;
  const { usage: reported, cut } = believeUsage(report, usageBound(candidate, input));
  const counted = {
    input: Math.min(input.estimatedTokens, candidate.inputTokens),
    output: Math.min(deliveredTokens, candidate.outputTokens * candidate.choices),
  };
  // Nothing is known of the tokens of images and files but what the provider says.
  const canCount = input.images === 0 && !input.opaque;
  const inputHolds = reported.input > 0 && !(doubted && canCount && !isPlausible(report.input, counted.input));
  const outputHolds =
    whole && (reported.output > 0 || counted.output === 0) && !(doubted && !isPlausible(report.output, counted.output));
  const usage = {
    ...(inputHolds ? reported : { ...noUsage, input: counted.input }),
    ...(outputHolds
      ? { output: reported.output, reasoning: reported.reasoning }
      : { output: counted.output, reasoning: 0 }),
  };
  const isCapped = (inputHolds && cut.input) || (outputHolds && cut.output);
  return {
    usage,
    basis: isCapped ? 'capped' : inputHolds && outputHolds ? 'exact' : 'estimated',
    cut: cut.input || cut.output,
  };
}

/** Counts what passes to the client. */
export class Tally {
  usage: Usage | null = null;
  finished = false;
  finishReason: string | null = null;
  readonly #delivered = new TokenCounter();

  /** Our count of what was passed on. */
  get deliveredTokens(): number {
    return this.#delivered.tokens;
  }

  /** Notes what an upstream says of itself, delivered or not. */
  note({ usage, finished, finishReason }: Pick<Facts, 'usage' | 'finished' | 'finishReason'>): void {
    if (usage !== null) this.usage = laterReport(this.usage, usage);
    if (finished) this.finished = true;
    this.finishReason ??= finishReason ?? null;
  }

  add(facts: WholeFacts & Pick<Facts, 'finished'>): void {
    this.note(facts);
    for (const text of facts.texts) this.#delivered.add(text);
  }
}

/**
 * The delivery of an answer that was given up before its first byte, since its client left or its client's own timeout passed
 * (`error`): only the input is owed.
 */
export function abandonedDelivery(candidate: Candidate, error: MeshError | null = null): Delivery {
  return {
    outcome: error === null ? 'client_gone' : 'timed_out',
    candidate,
    usage: null,
    whole: false,
    deliveredTokens: 0,
    error,
    streamed: false,
    beganAt: null,
    finishReason: null,
    upstreamMs: 0,
    clientMs: 0,
  };
}
