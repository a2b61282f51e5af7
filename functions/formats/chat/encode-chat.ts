import type { Usage } from '../../core/money/usage.ts';
import type { ChatChunk, ChatCompletion, ChunkDelta, CompletionMessage } from '../pivot/chat-completion.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What the router says of an answer, whatever the upstream called it. */
export interface AnswerHead {
  /** Our request id. */
  id: string;
  /** Unix time in seconds. */
  created: number;
  /** Public id of the model that answered. */
  model: string;
  /** Beside the `model` of a whole answer, where it was chosen by the router: as Mesh API's clients read it. */
  x_auto_routed?: true;
  x_resolved_model_id?: string;
}

/** What is known once the answer has been paid for. */
export interface AnswerCost {
  usage: Usage;
  /** Decimal string, USD. */
  usd: string;
  /** The `mesh` object: cost in both currencies, routing. */
  mesh: Readonly<Record<string, unknown>>;
}

/** A whole chat completion as clients get it. Fields of the upstream that the router has never heard of stay. */
export function encodeCompletion(
  completion: ChatCompletion,
  head: AnswerHead,
  cost: AnswerCost,
  showReasoning: boolean,
): string {
  const choices = showReasoning
    ? completion.choices
    : completion.choices.map((choice) => ({ ...choice, message: withoutReasoning(choice.message) }));
  return JSON.stringify({
    system_fingerprint: null,
    ...completion,
    ...head,
    object: 'chat.completion',
    choices,
    usage: encodeUsage(cost.usage, cost.usd),
    cost: cost.usd,
    mesh: cost.mesh,
  });
}

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

  /** The last frame before `[DONE]`: no choices, usage and cost. */
  encodeLast({ usage, usd, mesh }: AnswerCost): string {
    const tail = JSON.stringify({ usage: encodeUsage(usage, usd), cost: usd, mesh });
    return `${this.#start}[],${tail.slice(1)}\n\n`;
  }

  #choice(choice: ChatChunk['choices'][number]): ChatChunk['choices'][number] {
    const first = !this.#begun.has(choice.index);
    if (!first && this.#showReasoning) return choice;
    this.#begun.add(choice.index);
    const delta: ChunkDelta = this.#showReasoning ? choice.delta : withoutReasoning(choice.delta);
    return { ...choice, delta: first ? { role: 'assistant', ...delta } : delta };
  }
}

/** OpenAI's counters; `cost` is the one number that is money, because OpenRouter's clients expect it there. */
export function encodeUsage(usage: Usage, usd: string) {
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: {
      cached_tokens: usage.cacheRead,
      cache_write_tokens: usage.cacheWrite + usage.cacheWrite1h,
      audio_tokens: usage.inputAudio,
    },
    completion_tokens_details: { reasoning_tokens: usage.reasoning },
    cost: Number(usd),
  };
}

function withoutReasoning<T extends CompletionMessage | ChunkDelta>(message: T): T {
  const { reasoning: _text, reasoning_details: _details, ...rest } = message;
  return rest as T;
}
