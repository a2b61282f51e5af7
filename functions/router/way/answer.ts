import type { Candidate } from '../../core/routing/quote.ts';
import type { AnswerBill } from '../../formats/shared/answer.ts';
import type { Delivery } from './delivery.ts';
import type { SpendMeter } from './spend-meter.ts';

/** One way of answering a client: as a stream, or whole. Its methods are called in this order, `attempt` once or more. */
export interface Answer {
  /** Asks an endpoint; resolves when it has begun to answer, rejects when its patience is over. What it throws may be tried elsewhere. */
  attempt(candidate: Candidate, patienceMs: number, signal: AbortSignal): Promise<void>;
  /** Lets go of what an endpoint has begun, where nothing of it is to be delivered. */
  abandon(): void;
  /**
   * Hands over what the upstream answers, as far as the meter lets it pass. Never throws: by now something may have reached
   * the client that has to be paid for, so what went wrong is part of the delivery. `passed` hears of our count of the output
   * while a stream passes.
   */
  deliver(
    meterFor: (candidate: Candidate) => SpendMeter | null,
    passed: (outputTokens: number) => void,
  ): Promise<Delivery>;
  /** Sends the rest, once the delivery has been paid for: the last frames, of a broken stream the error, nothing to nobody. */
  finish(delivery: Delivery, bill: AnswerBill): void;
}
