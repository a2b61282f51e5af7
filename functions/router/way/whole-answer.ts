import { hasLeft } from '../../core/client-gone.ts';
import type { Candidate } from '../../core/routing/quote.ts';
import type { WholePiece } from '../../formats/shared/facts.ts';
import type { Answer } from './answer.ts';
import { abandonedDelivery, Tally } from './delivery.ts';
import { fetchWhole } from './fetch-whole.ts';
import type { Encoder } from './operation.ts';
import type { Services } from './services.ts';
import { exchangeWith, type Serving } from './serving.ts';

/** Sends a whole reply, when it has been paid for. */
export function wholeAnswer<Request, Frame, Whole>(
  serving: Serving<Request, Frame, Whole>,
  encoderFor: (candidate: Candidate) => Encoder<Frame, Whole>,
  send: (json: string) => void,
  services: Services,
): Answer {
  let candidate: Candidate;
  let piece: WholePiece<Whole>;

  return {
    async attempt(asked, patienceMs, signal) {
      piece = await fetchWhole(services, exchangeWith(serving, asked), asked, patienceMs, signal);
      candidate = asked;
    },
    abandon() {},
    async deliver() {
      const tally = new Tally();
      tally.add({ ...piece.facts, finished: true });
      const { usage, deliveredTokens, finishReason } = tally;
      // Nobody is there to get it: of what was not delivered only the input is owed.
      if (hasLeft(serving.ask)) return { ...abandonedDelivery(candidate), usage };
      return {
        outcome: 'finished',
        candidate,
        usage,
        whole: true,
        deliveredTokens,
        error: null,
        streamed: false,
        beganAt: null,
        finishReason,
        upstreamMs: 0,
        clientMs: 0,
      };
    },
    finish(_delivery, bill) {
      if (!hasLeft(serving.ask)) send(encoderFor(candidate).whole(piece.whole, bill));
    },
  };
}
