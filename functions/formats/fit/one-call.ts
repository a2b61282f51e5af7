import type { ChatChunk, ChatCompletion, ChunkDelta, CompletionMessage } from '../pivot/chat-completion.ts';
import type { AnswerFit } from './answer-fit.ts';

/**
 * Of each choice the first call alone, for a caller who says `parallel_tool_calls: false`: Gemini and Bedrock have no such field,
 * and who cannot take two calls would answer one of them, which every provider then refuses.
 */
export class OneCall implements AnswerFit {
  /** The index of the call that passes, by choice. */
  readonly #passing = new Map<number, number>();

  completion(completion: ChatCompletion): ChatCompletion {
    const choices = completion.choices.map((choice) => {
      const { tool_calls = [] } = choice.message;
      const [first, ...others] = tool_calls;
      if (first === undefined || others.length === 0) return choice;
      const ids = new Set(others.map(({ id }) => id));
      return { ...choice, message: { ...withoutDetails(choice.message, ids), tool_calls: [first] } };
    });
    return { ...completion, choices };
  }

  chunk(chunk: ChatChunk): ChatChunk {
    if (chunk.choices.every(({ delta }) => delta.tool_calls === undefined)) return chunk;
    const choices = chunk.choices.map((choice) => {
      const { tool_calls = [], ...others } = choice.delta;
      const [first] = tool_calls;
      if (first === undefined) return choice;
      const passing = this.#passing.get(choice.index) ?? first.index;
      this.#passing.set(choice.index, passing);
      const kept = tool_calls.filter(({ index }) => index === passing);
      const dropped = tool_calls.filter(({ index }) => index !== passing);
      const rest = withoutDetails(others, new Set(dropped.map(({ id }) => id)));
      return { ...choice, delta: { ...rest, ...(kept.length > 0 ? { tool_calls: kept } : {}) } };
    });
    return { ...chunk, choices: choices.filter(({ delta, finish_reason }) => finish_reason || !isEmpty(delta)) };
  }
}

/** The signature of a call goes with it. */
function withoutDetails<T extends CompletionMessage | ChunkDelta>(said: T, ids: ReadonlySet<unknown>): T {
  const { reasoning_details: details, ...others } = said;
  const kept = details?.filter(({ id }) => id == null || !ids.has(id)) ?? [];
  return { ...others, ...(kept.length > 0 ? { reasoning_details: kept } : {}) } as T;
}

function isEmpty(delta: ChunkDelta): boolean {
  return Object.keys(delta).length === 0;
}
