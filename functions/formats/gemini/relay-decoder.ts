import { concealInAnswer } from '../../core/credentials.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { ChatChunk } from '../pivot/chat-completion.ts';
import { factsOfChunk } from '../shared/chunk-facts.ts';
import { ChunkReader } from '../shared/chunk-reader.ts';
import type { Decoder, Facts, Piece } from '../shared/facts.ts';
import { endsInOwnWay } from './relay-ends.ts';
import { failureOf } from './relay-failure.ts';
import { GeminiStreamDecoder } from './stream-decoder.ts';

type Fields = Readonly<Record<string, unknown>>;

const silent: Facts = { texts: [], marks: 0, usage: null, token: false, finished: false, last: false, held: false };
/** What counts has come. Nothing of the format says that it is over, so the connection's end is waited for, not long. */
const CLOSING: Piece<never> = { frame: null, facts: { ...silent, closing: true } };
/** A stream that ended well is whole. */
const WHOLE: Piece<never> = { frame: null, facts: { ...silent, last: true, finished: true } };

/**
 * The events of an endpoint that speaks the format, each as it was written. What they amount to is read off them in the one way that
 * there is, so that a relay is counted and charged as a translation is.
 */
export class RelayDecoder implements Decoder<string> {
  readonly #reader = new ChunkReader<Piece<string>>((event, _name, data) => [this.#piece(event, data)]);
  readonly #inner: GeminiStreamDecoder;

  constructor(endpoint: Endpoint) {
    this.#inner = new GeminiStreamDecoder(endpoint);
  }

  push(bytes: Uint8Array): Piece<string>[] {
    const pieces = this.#reader.push(bytes);
    return this.#inner.progress === 'closing' ? [...pieces, CLOSING] : pieces;
  }

  end(): Piece<string>[] {
    const pieces = this.#reader.end();
    // Throws where no end was seen.
    this.#inner.end();
    return [...pieces, WHOLE];
  }

  #piece(event: Fields, data: string): Piece<string> {
    const failed = failureOf(event);
    if (failed !== null) throw failed;
    const chunks = this.#inner.read(endsInOwnWay(event));
    const clean = concealInAnswer(event);
    return {
      frame: clean === event ? data : JSON.stringify(clean),
      facts: together(chunks, this.#inner.finished),
    };
  }
}

/** What the chunks of one event amount to. What ends an answer, and what follows it, leaves when it has been paid for. */
function together(chunks: readonly ChatChunk[], finished: boolean): Facts {
  const all = chunks.map((chunk) => factsOfChunk(chunk, 'gemini'));
  return {
    texts: all.flatMap(({ texts }) => texts),
    marks: all.reduce((marks, facts) => marks + facts.marks, 0),
    usage: all.findLast(({ usage }) => usage !== null)?.usage ?? null,
    token: all.some(({ token }) => token),
    finished,
    finishReason: all.find(({ finishReason }) => finishReason != null)?.finishReason,
    last: false,
    held: finished,
  };
}
