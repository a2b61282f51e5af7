import { concealInAnswer } from '../../../core/credentials.ts';
import type { Endpoint, FormatName } from '../../../core/endpoints/endpoint.ts';
import type { AnswerFit } from '../../../formats/fit/answer-fit.ts';
import { fitAnswer } from '../../../formats/fit/fit-answer.ts';
import { fitRequest, missedFields, toolNamesOf } from '../../../formats/fit/fit-request.ts';
import { askForJson } from '../../../formats/fit/json-answer.ts';
import { restoreChunk, restoreCompletion } from '../../../formats/fit/restore-names.ts';
import type { ToolNames } from '../../../formats/fit/tool-names.ts';
import type { ChatChunk, ChatCompletion } from '../../../formats/pivot/chat-completion.ts';
import type { PivotRequest, StreamDecoder } from '../../../formats/pivot/upstream-format.ts';
import { factsOfChunk, factsOfCompletion } from '../../../formats/shared/chunk-facts.ts';
import type { Decoder, Facts, Piece } from '../../../formats/shared/facts.ts';
import { parseReply } from '../../../formats/shared/parse-reply.ts';
import { splitFinish } from '../../../formats/shared/split-finish.ts';
import { upstreamFormats } from '../../../formats/upstream-formats.ts';
import type { WholeExchange } from '../../way/operation.ts';

/**
 * Asks an endpoint in its own format, by way of the pivot: what every operation shares that has no format in common with the
 * endpoint. Null where the caller wants no field dropped, and the endpoint lacks one. `held` says which pieces have to wait
 * for the charge.
 */
export function translated(
  { chat, raw }: PivotRequest,
  endpoint: Endpoint,
  held?: (facts: Facts) => boolean,
): WholeExchange<ChatChunk, ChatCompletion> | null {
  if (!mayAsk({ chat, raw }, endpoint)) return null;
  const format = upstreamFormats[endpoint.format];
  // Made when it is used: of all endpoints it is found out whether they can be asked, and one is.
  const namesOf = () => toolNamesOf(askForJson(chat, endpoint), endpoint);
  return {
    requests({ outputTokens }) {
      const asked = askForJson(chat, endpoint);
      const wanted = endpoint.capabilities.has('reasoning')
        ? asked
        : { ...asked, reasoning: null, reasoning_effort: null };
      return [format.request(fitRequest({ chat: wanted, raw, maxOutputTokens: outputTokens }, endpoint), endpoint)];
    },
    decoder: () =>
      new ChunkDecoder(
        format.stream(endpoint),
        endpoint.format,
        namesOf(),
        fitAnswer(chat, endpoint),
        chat.n ?? 1,
        held,
      ),
    whole([{ text }]) {
      const whole = concealInAnswer(restoreCompletion(format.response(parseReply(text), endpoint), namesOf()));
      return { whole: fitAnswer(chat, endpoint).completion(whole), facts: factsOfCompletion(whole, endpoint.format) };
    },
    failure: format.failure,
  };
}

/** Whether nothing that the caller insists on is lost at an endpoint. */
export function mayAsk(request: PivotRequest, endpoint: Endpoint): boolean {
  return !request.chat.provider?.require_parameters || missedFields(request, endpoint).length === 0;
}

const silent = { texts: [], marks: 0, usage: null, token: false, finished: false, held: false };
/** What says that a stream has ended, or is about to. No client sees it. */
const LAST: Piece<never> = { frame: null, facts: { ...silent, last: true } };
const CLOSING: Piece<never> = { frame: null, facts: { ...silent, last: false, closing: true } };
/** A stream that ended well is whole, also where fewer choices came than were asked for. */
const WHOLE: Piece<never> = { frame: null, facts: { ...silent, last: true, finished: true } };

/** A format's decoder, with what each of its chunks amounts to. */
class ChunkDecoder implements Decoder<ChatChunk> {
  readonly #inner: StreamDecoder;
  readonly #format: FormatName;
  readonly #names: ToolNames;
  readonly #fit: AnswerFit;
  /** Choices that have not ended. */
  #unfinished: number;
  readonly #held: ((facts: Facts) => boolean) | undefined;

  constructor(
    inner: StreamDecoder,
    format: FormatName,
    names: ToolNames,
    fit: AnswerFit,
    choices: number,
    held?: (facts: Facts) => boolean,
  ) {
    this.#inner = inner;
    this.#format = format;
    this.#names = names;
    this.#fit = fit;
    this.#unfinished = choices;
    this.#held = held;
  }

  push(bytes: Uint8Array): Piece<ChatChunk>[] {
    const pieces = this.#pieces(this.#inner.push(bytes));
    const { progress } = this.#inner;
    if (progress !== 'open') pieces.push(progress === 'ended' ? LAST : CLOSING);
    return pieces;
  }

  end(): Piece<ChatChunk>[] {
    return [...this.#pieces(this.#inner.end()), WHOLE];
  }

  #pieces(chunks: readonly ChatChunk[]): Piece<ChatChunk>[] {
    const pieces: Piece<ChatChunk>[] = [];
    for (const each of chunks) {
      const chunk = concealInAnswer(restoreChunk(each, this.#names));
      for (const { finish_reason } of chunk.choices) if (finish_reason !== null) this.#unfinished--;
      const facts = this.#factsOf(chunk);
      if (facts.held && facts.texts.length > 0) {
        for (const part of splitFinish(chunk)) pieces.push(this.#piece(part, this.#factsOf(part)));
      } else {
        pieces.push(this.#piece(chunk, facts));
      }
    }
    return pieces;
  }

  /** What the model has written counts, also where its caller does not see it. */
  #piece(chunk: ChatChunk, facts: Facts): Piece<ChatChunk> {
    return { frame: this.#fit.chunk(chunk), facts };
  }

  #factsOf(chunk: ChatChunk): Facts {
    return factsOfChunk(chunk, this.#format, this.#held, this.#unfinished <= 0);
  }
}
