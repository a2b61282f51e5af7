import type { ChatChunk } from '../pivot/chat-completion.ts';
import type { AnswerBill, AnswerHead } from '../shared/answer.ts';
import { encodeUsage } from './encode-usage.ts';
import { fingerprintOf } from './fingerprint-of.ts';
import { hideReasoning } from './hide-reasoning.ts';
import { MergeableDeltas } from './mergeable-deltas.ts';
import { withReasoningContent } from './with-reasoning-content.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface ChatFramesOptions {
  showReasoning: boolean;
  /** Whether the bill comes in a frame of its own, without choices. Else it is in the frame of the last finish. */
  usageFrame: boolean;
  /** What every frame says beside its answer. */
  marks?: Fields;
}

const FRAME_END = '}\n\n';

/**
 * Turns chunks into frames: every frame carries `id, object, created, model, provider, system_fingerprint, choices`, and the first
 * delta of each choice its role, since some clients build the message from it. Fields of a relayed chunk that the router does not
 * own stay.
 */
export class ChatFrames {
  readonly #head: Fields;
  /** What the upstream said last of its own, or else the router's. */
  #fingerprint: string;
  /** A chunk, and how the frames of it and of all that relay the same start. */
  #last: { chunk: Fields; start: string };
  /** Fields of a chunk that are not relayed. */
  readonly #owned: ReadonlySet<string>;
  readonly #showReasoning: boolean;
  readonly #usageFrame: boolean;
  readonly #begun = new Set<number>();
  /** By choice, once it has had what needs to be put in order. */
  readonly #mergeable = new Map<number, MergeableDeltas>();
  /** Choices that have begun and not ended. */
  readonly #open = new Set<number>();

  constructor(
    { id, created, model, provider, fingerprint }: AnswerHead,
    { showReasoning, usageFrame, marks = {} }: ChatFramesOptions,
  ) {
    this.#head = { id, object: 'chat.completion.chunk', created, model, provider, ...marks };
    this.#fingerprint = fingerprint;
    this.#owned = new Set(['choices', 'usage', 'cost', 'mesh', ...Object.keys(this.#head)]);
    this.#last = { chunk: {}, start: this.#newStart({}) };
    this.#showReasoning = showReasoning;
    this.#usageFrame = usageFrame;
  }

  /** Frames of the chunks' choices; a chunk without any (usage alone) makes none. */
  encode(chunks: readonly ChatChunk[]): string {
    let frames = '';
    for (const chunk of chunks) if (chunk.choices.length > 0) frames += this.#body(chunk) + FRAME_END;
    return frames;
  }

  /**
   * All that is left: what was `held` back, the ends of what is open where the stream's money has ended (`stopped`), and the bill,
   * on the last frame that ends a choice, or where a frame of its own was asked for, there. OpenAI's own examples read the first
   * choice of every frame.
   */
  encodeEnd(held: readonly ChatChunk[], { usage, usd, mesh }: AnswerBill, stopped: boolean): string {
    const chunks = held.filter(({ choices }) => choices.length > 0);
    const bodies = chunks.map((chunk) => this.#body(chunk));
    const stop = stopped ? this.#stop() : null;
    if (stop !== null) {
      chunks.push(stop);
      bodies.push(this.#body(stop));
    }
    let billed = this.#usageFrame ? -1 : chunks.findLastIndex(finishes);
    if (billed < 0) {
      billed = bodies.length;
      bodies.push(this.#usageFrame ? `${this.#startOf({})}[]` : this.#body(emptyChunk));
    }
    const bill = JSON.stringify({ usage: encodeUsage(usage, usd), cost: usd, mesh });
    return bodies.map((body, at) => (at === billed ? `${body},${bill.slice(1)}\n\n` : body + FRAME_END)).join('');
  }

  /** A frame, but for its end. */
  #body(chunk: ChatChunk): string {
    const own = chunk.choices.map((choice) => this.#choice(choice));
    return this.#startOf(chunk as ChatChunk & Fields) + JSON.stringify(own);
  }

  /** A frame up to its choices. From chunk to chunk of a stream hardly anything else changes. */
  #startOf(chunk: Fields): string {
    if (!this.#repeats(chunk, this.#last.chunk)) this.#last = { chunk, start: this.#newStart(chunk) };
    return this.#last.start;
  }

  #newStart(chunk: Fields): string {
    const { choices: _, usage: _usage, cost: _cost, mesh: _mesh, ...relayed } = chunk;
    this.#fingerprint = fingerprintOf(chunk) ?? this.#fingerprint;
    const start = JSON.stringify({ ...relayed, ...this.#head, system_fingerprint: this.#fingerprint });
    return `data: ${start.slice(0, -1)},"choices":`;
  }

  /** Whether a chunk relays the same as one before it. */
  #repeats(chunk: Fields, before: Fields): boolean {
    for (const field in chunk) if (!this.#owned.has(field) && chunk[field] !== before[field]) return false;
    for (const field in before) if (!this.#owned.has(field) && !(field in chunk)) return false;
    return true;
  }

  /** Ends every choice that is open, and the first where none has begun; null where all have ended. */
  #stop(): ChatChunk | null {
    const indexes = this.#begun.size === 0 ? [0] : [...this.#open];
    if (indexes.length === 0) return null;
    return { choices: indexes.map((index) => ({ index, delta: {}, finish_reason: 'length' })) };
  }

  #choice(choice: ChatChunk['choices'][number]): ChatChunk['choices'][number] {
    if (choice.finish_reason === null) this.#open.add(choice.index);
    else this.#open.delete(choice.index);
    const first = !this.#begun.has(choice.index);
    const { reasoning, reasoning_details, annotations } = choice.delta;
    const isLast = choice.finish_reason !== null;
    const says = reasoning !== undefined || reasoning_details !== undefined || annotations !== undefined;
    const isPlain = !says && !(isLast && this.#mergeable.has(choice.index));
    if (!first && this.#showReasoning && isPlain) return choice;
    this.#begun.add(choice.index);
    const shown = this.#showReasoning ? withReasoningContent(choice.delta) : hideReasoning(choice.delta);
    const delta = isPlain ? shown : this.#mergeableOf(choice.index).of(shown, isLast);
    return { ...choice, delta: first ? { role: 'assistant', ...delta } : delta };
  }

  #mergeableOf(index: number): MergeableDeltas {
    const deltas = this.#mergeable.get(index) ?? new MergeableDeltas();
    this.#mergeable.set(index, deltas);
    return deltas;
  }
}

/** Where no frame is left that could carry the bill. */
const emptyChunk: ChatChunk = { choices: [{ index: 0, delta: {}, finish_reason: null }] };

function finishes({ choices }: ChatChunk): boolean {
  return choices.some(({ finish_reason }) => finish_reason !== null);
}
