import type { ChunkChoice, CompletionMessage } from '../pivot/chat-completion.ts';
import { type Emit, type ItemPlace, type ItemStatus, itemId, type OpenItem } from './open-item.ts';

type Fields = Record<string, unknown>;
type Annotation = NonNullable<CompletionMessage['annotations']>[number];
type Part = TextPart | RefusalPart;
interface TextPart {
  type: 'output_text';
  text: string;
  annotations: Fields[];
  logprobs: Fields[];
}
interface RefusalPart {
  type: 'refusal';
  refusal: string;
}

/** What is said: a text, a refusal, or both, each a part of one message. */
export class OpenMessage implements OpenItem {
  readonly index: number;
  readonly #id: string;
  readonly #emit: Emit;
  readonly #parts: Part[] = [];

  constructor(place: ItemPlace, emit: Emit) {
    this.index = place.index;
    this.#id = itemId('msg', place);
    this.#emit = (type, fields) => emit(type, { item_id: this.#id, ...fields });
  }

  begun() {
    return { id: this.#id, type: 'message', status: 'in_progress', role: 'assistant', content: [] };
  }

  text(delta: string, given: ChunkChoice['logprobs']): void {
    const { part, content_index } = this.#textPart();
    const logprobs = toLogprobs(given);
    part.text += delta;
    part.logprobs.push(...logprobs);
    this.#emit('response.output_text.delta', { content_index, delta, logprobs });
  }

  refuse(delta: string): void {
    const { part, content_index } = this.#refusalPart();
    part.refusal += delta;
    this.#emit('response.refusal.delta', { content_index, delta });
  }

  cite({ url_citation }: Annotation): void {
    const { part, content_index } = this.#textPart();
    const annotation = { type: 'url_citation', ...url_citation };
    const annotation_index = part.annotations.push(annotation) - 1;
    this.#emit('response.output_text.annotation.added', { content_index, annotation_index, annotation });
  }

  end(status: ItemStatus) {
    for (const [content_index, part] of this.#parts.entries()) {
      if (part.type === 'output_text') {
        this.#emit('response.output_text.done', { content_index, text: part.text, logprobs: part.logprobs });
      } else {
        this.#emit('response.refusal.done', { content_index, refusal: part.refusal });
      }
      this.#emit('response.content_part.done', { content_index, part });
    }
    const item = { id: this.#id, type: 'message', status, role: 'assistant', content: this.#parts };
    const said = this.#parts.map((part) => (part.type === 'output_text' ? { type: part.type, text: part.text } : part));
    return { shown: item, carried: { id: this.#id, type: 'message', role: 'assistant', content: said } };
  }

  #textPart(): { part: TextPart; content_index: number } {
    const known = this.#parts.findIndex(({ type }) => type === 'output_text');
    if (known !== -1) return { part: this.#parts[known] as TextPart, content_index: known };
    return this.#begin({ type: 'output_text', text: '', annotations: [], logprobs: [] });
  }

  #refusalPart(): { part: RefusalPart; content_index: number } {
    const known = this.#parts.findIndex(({ type }) => type === 'refusal');
    if (known !== -1) return { part: this.#parts[known] as RefusalPart, content_index: known };
    return this.#begin({ type: 'refusal', refusal: '' });
  }

  #begin<P extends Part>(part: P): { part: P; content_index: number } {
    const content_index = this.#parts.push(part) - 1;
    // As it is now: the part itself goes on.
    this.#emit('response.content_part.added', { content_index, part: { ...part } });
    return { part, content_index };
  }
}

function toLogprobs(logprobs: ChunkChoice['logprobs']): Fields[] {
  return (logprobs?.content ?? []).map(({ token, bytes, logprob, top_logprobs }) => ({
    token,
    bytes: bytes ?? [],
    logprob,
    top_logprobs: top_logprobs.map((top) => ({ ...top, bytes: top.bytes ?? [] })),
  }));
}
