import { CharacterCounts } from '../../../core/money/character-counts.ts';
import { boundTokens, TokenCounter } from '../../../core/money/tokens.ts';
import type { InputMeasure } from '../../../core/routing/quote.ts';
import { fitArguments } from '../../../formats/fit/call-arguments.ts';
import { jsonTool } from '../../../formats/fit/json-answer.ts';
import type { ChatMessage, ChatRequest, Tool } from '../../../formats/pivot/chat-request.ts';
import { hasCacheMarkers } from '../../../formats/shared/cache-control.ts';
import { cutBefore, jsonPieces, PIECE_LENGTH } from '../../../formats/shared/json-pieces.ts';
import { inSlices } from '../../../platform/in-slices.ts';

/** Likely tokens of one image, for estimates; the providers' rules start near this for a picture of ordinary size. */
const TYPICAL_IMAGE_TOKENS = 1_000;
/** Likely tokens of the template around one message or tool. */
const TYPICAL_PIECE_TOKENS = 4;
/** Characters of a sealed thought for each token of it: 9 and 12 in two signatures of Claude's whose thoughts are known, by our count. */
const SEALED_TOKEN_LENGTH = 8;
/** How far templates indent the JSON of tools and schemas, at most: it is more tokens then. */
const INDENT = 4;
/** Texts of so many UTF-16 units are measured between two looks at the clock. */
const MEASURED_A_LOOK = PIECE_LENGTH;

/** Measures what a request puts into a model's context, for the quote and for estimates: what is long without keeping others waiting. */
export function measureChat(chat: ChatRequest): Promise<InputMeasure> {
  return inSlices(measuring(chat));
}

/** The same, stopping after some texts. */
export function measuring(chat: ChatRequest): Generator<void, InputMeasure> {
  return new ChatMeasure().run(chat);
}

class ChatMeasure {
  readonly #characters = new CharacterCounts();
  readonly #measure: InputMeasure = {
    textBytes: 0,
    characters: this.#characters,
    estimatedTokens: 0,
    pieces: 0,
    images: 0,
    opaque: false,
    instructed: false,
  };
  #untilLook = MEASURED_A_LOOK;

  *run(chat: ChatRequest): Generator<void, InputMeasure> {
    const measure = this.#measure;
    measure.cacheMarked = hasCacheMarkers(chat);
    for (const message of chat.messages) {
      this.#piece();
      yield* this.#message(message);
    }
    for (const tool of chat.tools ?? []) {
      yield* this.#tool(tool);
    }
    if (chat.response_format?.type === 'json_object') yield* this.#jsonTool();
    if (chat.response_format?.type === 'json_schema') yield* this.#json(chat.response_format.json_schema);
    measure.estimatedTokens += measure.images * TYPICAL_IMAGE_TOKENS;
    return measure;
  }

  #piece(): void {
    this.#measure.pieces++;
    this.#measure.estimatedTokens += TYPICAL_PIECE_TOKENS;
  }

  *#tool(tool: Tool): Generator<void, void> {
    this.#piece();
    yield* this.#json(tool.function);
  }

  /** Only some formats ask for JSON by a tool: it may be there, which is held for, and is not counted as if it were. */
  *#jsonTool(): Generator<void, void> {
    const { estimatedTokens } = this.#measure;
    yield* this.#tool(jsonTool);
    this.#measure.estimatedTokens = estimatedTokens;
  }

  *#message(message: ChatMessage): Generator<void, void> {
    const measure = this.#measure;
    if ('name' in message) yield* this.#text(message.name);
    if (typeof message.content === 'string') {
      yield* this.#text(message.content);
    } else {
      for (const part of message.content ?? []) {
        measure.pieces++;
        if (part.type === 'text') yield* this.#text(part.text);
        else if (part.type === 'refusal') yield* this.#text(part.refusal);
        else if (part.type === 'image_url') measure.images++;
        else measure.opaque = true;
      }
    }
    if (message.role === 'tool') yield* this.#text(message.tool_call_id);
    if (message.role !== 'assistant') return;
    yield* this.#text(message.refusal);
    yield* this.#text(message.reasoning ?? message.reasoning_content);
    for (const detail of message.reasoning_details ?? []) {
      if (detail.type === 'reasoning.text') {
        yield* this.#text(detail.text);
        yield* this.#sealed(detail.signature, Boolean(detail.text));
      } else if (detail.type === 'reasoning.summary') yield* this.#text(detail.summary);
      else if (detail.type === 'reasoning.encrypted') yield* this.#sealed(detail.data, false);
    }
    const isSigned = Boolean(message.reasoning_details?.length);
    if (!isSigned) yield* this.#text(message.extra_content?.google?.thought_signature);
    for (const call of message.tool_calls ?? []) {
      measure.pieces++;
      // What is signed is said in the details, where a client has kept them.
      if (!isSigned) yield* this.#text(call.thought_signature || call.extra_content?.google?.thought_signature);
      yield* this.#text(call.id);
      yield* this.#text(call.function.name);
      // As long as they are sent, which is more where they are no object.
      yield* this.#text(fitArguments(call.function.arguments));
    }
  }

  /**
   * A signature or an encrypted thought, which some providers bill as input: at most a token a byte. What it likely is has been
   * counted where the thought is there to be read.
   */
  *#sealed(text: string | null | undefined, isRead: boolean): Generator<void, void> {
    const before = this.#measure.estimatedTokens;
    yield* this.#text(text);
    this.#measure.estimatedTokens = before + (isRead ? 0 : Math.ceil((text?.length ?? 0) / SEALED_TOKEN_LENGTH));
  }

  *#text(text: string | null | undefined): Generator<void, void> {
    if (!text) return;
    const counter = new TokenCounter();
    for (const piece of text.length > PIECE_LENGTH ? cut(text) : [text]) {
      this.#characters.add(piece);
      if (this.#count(piece, counter)) yield;
    }
    this.#characters.end();
    this.#measure.estimatedTokens += counter.tokens;
  }

  /** What tools and schemas are: the model is told what they are for, and may see them indented. */
  *#json(value: unknown): Generator<void, void> {
    this.#measure.instructed = true;
    const counter = new TokenCounter();
    for (const piece of jsonPieces(value)) if (this.#count(piece, counter)) yield;
    for (const piece of jsonPieces(value, INDENT)) {
      this.#characters.add(piece);
      if (this.#isTurn(piece)) yield;
    }
    this.#characters.end();
    this.#measure.estimatedTokens += counter.tokens;
  }

  #count(piece: string, counter: TokenCounter): boolean {
    counter.add(piece);
    this.#measure.textBytes += boundTokens(piece);
    return this.#isTurn(piece);
  }

  /** Whether it is time to look at the clock. */
  #isTurn({ length }: string): boolean {
    this.#untilLook -= length;
    if (this.#untilLook > 0) return false;
    this.#untilLook = MEASURED_A_LOOK;
    return true;
  }
}

function* cut(text: string): Generator<string, void> {
  for (let from = 0; from < text.length; ) {
    const until = cutBefore(text, from + PIECE_LENGTH);
    yield text.slice(from, until);
    from = until;
  }
}
