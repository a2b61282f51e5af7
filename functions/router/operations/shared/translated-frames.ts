import type { ChatChunk, ChatCompletion } from '../../../formats/pivot/chat-completion.ts';
import { mapFrames } from '../../../formats/shared/map-frames.ts';
import type { WholeExchange } from '../../way/operation.ts';

/** What comes of a translation, where an operation also relays: its pieces are told apart from those. */
type Translated = WholeExchange<{ chunk: ChatChunk }, { completion: ChatCompletion }>;

/** A translation whose pieces say that they are of one, asked by `requests`. */
export function translatedFrames(
  exchange: WholeExchange<ChatChunk, ChatCompletion>,
  requests: Translated['requests'],
): Translated {
  const { decoder } = exchange;
  return {
    ...exchange,
    requests,
    decoder: decoder === null ? null : () => mapFrames(decoder(), (chunk) => ({ chunk })),
    whole(replies) {
      const { whole, facts } = exchange.whole(replies);
      return { whole: { completion: whole }, facts };
    },
  };
}
