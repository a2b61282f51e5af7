import { hash } from 'node:crypto';
import type { ChunkChoice, ChunkDelta, ExtraContent } from '../pivot/chat-completion.ts';
import type { CallIds } from '../shared/call-ids.ts';
import { mapFinishReason } from '../shared/finish-reason.ts';
import { isRecord } from '../shared/is-record.ts';
import { textOf } from '../shared/text-of.ts';
import { toArguments } from '../shared/to-arguments.ts';
import { toAnnotations } from './to-annotations.ts';
import { toLogprobs } from './to-logprobs.ts';
import { toRefusal } from './to-refusal.ts';

type Fields = Record<string, unknown>;

/**
 * Reads one candidate, whole or in pieces. Positions count the parts as a client will send them back: all text is one part,
 * so are thoughts that follow each other, and each call is one. `interleave` reads these positions.
 */
export class CandidateReader {
  readonly #index: number;
  readonly #issuer: string;
  readonly #ids: CallIds;
  #nextPosition = 0;
  /** Position of the thought that is under way. */
  #thought: number | null = null;
  #text: number | null = null;
  #isTextSigned = false;
  #textLength = 0;
  #calls = 0;
  readonly #cited = new Set<string>();
  /** Calls with an id. */
  readonly #named = new Set<string>();
  #finished = false;

  constructor(index: number, issuer: string, ids: CallIds) {
    this.#index = index;
    this.#issuer = issuer;
    this.#ids = ids;
  }

  get finished(): boolean {
    return this.#finished;
  }

  /**
   * What a candidate adds, part by part. The finish comes once, with the first reason; parts that some servers send after it
   * are still passed on.
   */
  read(candidate: Fields, responseId: unknown): ChunkChoice[] {
    const content = isRecord(candidate.content) ? candidate.content : {};
    const parts: unknown[] = Array.isArray(content.parts) ? content.parts : [];
    const choices = parts
      .flatMap((part) => (isRecord(part) ? this.#part(part, responseId) : []))
      .map((delta) => this.#choice(delta));
    choices.push(...this.#annotations(candidate.groundingMetadata), ...this.#finish(candidate));
    const logprobs = toLogprobs(candidate.logprobsResult);
    if (logprobs !== null) choices.push({ ...(choices.pop() ?? this.#choice({})), logprobs });
    return choices;
  }

  #part(part: Fields, responseId: unknown): ChunkDelta[] {
    if (isRecord(part.functionCall)) return this.#call(part.functionCall, textOf(part.thoughtSignature), responseId);
    if (typeof part.text !== 'string' && part.thoughtSignature === undefined) return [];
    const text = textOf(part.text);
    const signature = textOf(part.thoughtSignature);
    return part.thought === true ? this.#thoughts(text, signature) : this.#texts(text, signature);
  }

  #thoughts(text: string, signature: string): ChunkDelta[] {
    if (text === '' && signature === '') return [];
    const isNew = this.#thought === null;
    this.#thought ??= this.#nextPosition++;
    const at = { type: 'reasoning.text' as const, format: this.#issuer, index: this.#thought };
    const deltas: ChunkDelta[] = text === '' ? [] : [{ reasoning: text, reasoning_details: [{ ...at, text }] }];
    if (signature === '') return deltas;
    this.#thought = null;
    // A thought that is not shown has an empty text, and no text is never taken for one.
    const unseen = isNew && text === '' ? { text: '' } : {};
    return [...deltas, { reasoning_details: [{ ...at, ...unseen, signature }] }];
  }

  /** A signature often comes last, on an empty text of its own: it signs the text before it. */
  #texts(text: string, signature: string): ChunkDelta[] {
    if (text === '' && signature === '') return [];
    this.#thought = null;
    this.#text ??= this.#nextPosition++;
    this.#textLength += text.length;
    const deltas: ChunkDelta[] = text === '' ? [] : [{ content: text }];
    if (signature === '') return deltas;
    if (this.#isTextSigned) {
      return [...deltas, { reasoning_details: [this.#encrypted(signature, this.#nextPosition++)] }];
    }
    this.#isTextSigned = true;
    const details = [this.#encrypted(signature, this.#text)];
    return [...deltas, { reasoning_details: details, extra_content: extraContent(signature) }];
  }

  /**
   * Arguments come whole: pieces of them (`partialArgs`) have to be asked for, which is never done. A call that is sent again, as
   * its id tells, is the same call.
   */
  #call(call: Fields, signature: string, responseId: unknown): ChunkDelta[] {
    const named = textOf(call.id) === '' ? null : JSON.stringify(call);
    if (named !== null && this.#named.has(named)) return [];
    if (named !== null) this.#named.add(named);
    this.#thought = null;
    const position = this.#nextPosition++;
    const answerId = textOf(responseId) || hash('sha256', JSON.stringify(call), 'hex').slice(0, 16);
    const id = this.#ids.of(textOf(call.id), answerId);
    const called = { name: textOf(call.name), arguments: toArguments(call.args) || '{}' };
    const start = { index: this.#calls++, id, type: 'function' as const, function: called };
    if (signature === '') return [{ tool_calls: [start] }];
    const details = [{ ...this.#encrypted(signature, position), id }];
    const signed = { ...start, thought_signature: signature, extra_content: extraContent(signature) };
    return [{ tool_calls: [signed], reasoning_details: details }];
  }

  #encrypted(data: string, index: number) {
    return { type: 'reasoning.encrypted' as const, data, format: this.#issuer, index };
  }

  /** Sources may be repeated from one piece to the next. */
  #annotations(groundingMetadata: unknown): ChunkChoice[] {
    const annotations = toAnnotations(groundingMetadata, this.#textLength).filter(
      ({ url_citation: { url } }) => !this.#cited.has(url),
    );
    for (const { url_citation } of annotations) this.#cited.add(url_citation.url);
    return annotations.length > 0 ? [this.#choice({ annotations })] : [];
  }

  #finish({ finishReason, finishMessage }: Fields): ChunkChoice[] {
    const reason = mapFinishReason(finishReason, this.#calls > 0);
    if (reason === null || this.#finished) return [];
    this.#finished = true;
    const delta = reason === 'content_filter' ? { refusal: toRefusal(finishReason, finishMessage) } : {};
    return [{ ...this.#choice(delta), finish_reason: reason }];
  }

  #choice(delta: ChunkDelta): ChunkChoice {
    return { index: this.#index, delta, finish_reason: null };
  }
}

function extraContent(thought_signature: string): ExtraContent {
  return { google: { thought_signature } };
}
