import { concealInAnswer } from '../../../core/credentials.ts';
import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import type { ChatChunk, ChatCompletion } from '../../../formats/pivot/chat-completion.ts';
import type { PivotRequest, StreamDecoder } from '../../../formats/pivot/upstream-format.ts';
import { factsOfChunk, factsOfCompletion } from '../../../formats/shared/chunk-facts.ts';
import type { Decoder, Facts, Piece } from '../../../formats/shared/facts.ts';
import { parseReply } from '../../../formats/shared/parse-reply.ts';
import { upstreamFormats } from '../../../formats/upstream-formats.ts';
import type { Exchange } from '../../way/operation.ts';

/**
 * Asks an endpoint in its own format, by way of the pivot: what every operation shares that has no format in common with the
 * endpoint. `held` says which pieces have to wait for the charge.
 */
export function translated(
  { chat, raw }: PivotRequest,
  endpoint: Endpoint,
  held?: (facts: Facts) => boolean,
): Exchange<ChatChunk, ChatCompletion> {
  const format = upstreamFormats[endpoint.format];
  return {
    requests({ outputTokens }) {
      const wanted = endpoint.capabilities.has('reasoning')
        ? chat
        : { ...chat, reasoning: null, reasoning_effort: null };
      return [format.request({ chat: wanted, raw, maxOutputTokens: outputTokens }, endpoint)];
    },
    decoder: () => new ChunkDecoder(format.stream(endpoint), held),
    whole([{ text }]) {
      const whole = concealInAnswer(format.response(parseReply(text), endpoint));
      return { whole, facts: factsOfCompletion(whole) };
    },
    failure: format.failure,
  };
}

const silent = { texts: [], marks: 0, usage: null, token: false, finished: false, held: false };
/** What says that a stream has ended, or is about to. No client sees it. */
const LAST: Piece<never> = { frame: null, facts: { ...silent, last: true } };
const CLOSING: Piece<never> = { frame: null, facts: { ...silent, last: false, closing: true } };

/** A format's decoder, with what each of its chunks amounts to. */
class ChunkDecoder implements Decoder<ChatChunk> {
  readonly #inner: StreamDecoder;
  readonly #held: ((facts: Facts) => boolean) | undefined;

  constructor(inner: StreamDecoder, held?: (facts: Facts) => boolean) {
    this.#inner = inner;
    this.#held = held;
  }

  push(bytes: Uint8Array): Piece<ChatChunk>[] {
    const pieces = this.#pieces(this.#inner.push(bytes));
    const { progress } = this.#inner;
    if (progress !== 'open') pieces.push(progress === 'ended' ? LAST : CLOSING);
    return pieces;
  }

  end(): Piece<ChatChunk>[] {
    return this.#pieces(this.#inner.end());
  }

  #pieces(chunks: readonly ChatChunk[]): Piece<ChatChunk>[] {
    return chunks.map((chunk) => ({ frame: concealInAnswer(chunk), facts: factsOfChunk(chunk, this.#held) }));
  }
}
