import type { ChatChunk } from '../pivot/chat-completion.ts';
import type { AnswerBill, AnswerHead } from '../shared/answer.ts';
import { encodeUsage } from './encode-usage.ts';
import { hideReasoning } from './hide-reasoning.ts';
import { MergeableDeltas } from './mergeable-deltas.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Turns chunks into frames: every frame carries `id, object, created, model, choices`, and the first delta of each choice
 * its role, since some clients build the message from it. Fields of a relayed chunk that the router does not own stay.
 */
export class ChatFrames {
  readonly #head: Fields;
  readonly #start: string;
  /** A chunk, and how the frames of it and of all that relay the same start. */
  #last: { chunk: Fields; start: string };
  /** Fields of a chunk that are not relayed. */
  readonly #owned: ReadonlySet<string>;
  readonly #showReasoning: boolean;
  readonly #begun = new Set<number>();
  /** By choice, once it has had what needs to be put in order. */
  readonly #mergeable = new Map<number, MergeableDeltas>();
  /** Choices that have begun and not ended. */
  readonly #open = new Set<number>();

  /** `marks`: what every frame says beside its answer. */
  constructor({ id, created, model }: AnswerHead, showReasoning: boolean, marks: Fields = {}) {
    this.#head = { id, object: 'chat.completion.chunk', created, model, ...marks };
    this.#owned = new Set(['choices', 'usage', ...Object.keys(this.#head)]);
    this.#start = `data: ${JSON.stringify({ ...this.#head, system_fingerprint: null }).slice(0, -1)},"choices":`;
    this.#last = { chunk: {}, start: this.#start };
    this.#showReasoning = showReasoning;
  }

  /** Frames of the chunks' choices; a chunk without any (usage alone) makes none. */
  encode(chunks: readonly ChatChunk[]): string {
    let frames = '';
    for (const chunk of chunks as readonly (ChatChunk & Fields)[]) {
      if (chunk.choices.length === 0) continue;
      const own = chunk.choices.map((choice) => this.#choice(choice));
      frames += `${this.#startOf(chunk)}${JSON.stringify(own)}}\n\n`;
    }
    return frames;
  }

  /** A frame up to its choices. From chunk to chunk of a stream hardly anything else changes. */
  #startOf(chunk: Fields): string {
    if (!this.#repeats(chunk, this.#last.chunk)) {
      const { choices: _, usage: _usage, ...relayed } = chunk;
      const start = JSON.stringify({ system_fingerprint: null, ...relayed, ...this.#head });
      this.#last = { chunk, start: `data: ${start.slice(0, -1)},"choices":` };
    }
    return this.#last.start;
  }

  /** Whether a chunk relays the same as one before it. */
  #repeats(chunk: Fields, before: Fields): boolean {
    for (const field in chunk) if (!this.#owned.has(field) && chunk[field] !== before[field]) return false;
    for (const field in before) if (!this.#owned.has(field) && !(field in chunk)) return false;
    return true;
  }

  /** Frames that end every choice that is open, of a stream whose money has ended. */
  encodeStop(): string {
    const indexes = this.#open.size === 0 ? [0] : [...this.#open];
    return this.encode([{ choices: indexes.map((index) => ({ index, delta: {}, finish_reason: 'length' })) }]);
  }

  /** The last frame before `[DONE]`: no choices, usage and cost. */
  encodeLast({ usage, usd, mesh }: AnswerBill): string {
    const tail = JSON.stringify({ usage: encodeUsage(usage, usd), cost: usd, mesh });
    return `${this.#start}[],${tail.slice(1)}\n\n`;
  }

  #choice(choice: ChatChunk['choices'][number]): ChatChunk['choices'][number] {
    if (choice.finish_reason === null) this.#open.add(choice.index);
    else this.#open.delete(choice.index);
    const first = !this.#begun.has(choice.index);
    const { reasoning_details, annotations } = choice.delta;
    const isLast = choice.finish_reason !== null;
    const isPlain =
      reasoning_details === undefined && annotations === undefined && !(isLast && this.#mergeable.has(choice.index));
    if (!first && this.#showReasoning && isPlain) return choice;
    this.#begun.add(choice.index);
    const shown = this.#showReasoning ? choice.delta : hideReasoning(choice.delta);
    const delta = isPlain ? shown : this.#mergeableOf(choice.index).of(shown, isLast);
    return { ...choice, delta: first ? { role: 'assistant', ...delta } : delta };
  }

  #mergeableOf(index: number): MergeableDeltas {
    const deltas = this.#mergeable.get(index) ?? new MergeableDeltas();
    this.#mergeable.set(index, deltas);
    return deltas;
  }
}
